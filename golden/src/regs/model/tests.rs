// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the registers do, with the values worked out by hand.

use super::*;

const CONTROL: u32 = 0x40;
const COMMAND: u32 = 0x44;
const STATUS: u32 = 0x48;
const ERROR_CODE: u32 = 0x4C;
const IRQ_STATUS: u32 = 0x58;
const IRQ_ENABLE: u32 = 0x5C;
const RING_SIZE: u32 = 0x68;
const RING_TAIL: u32 = 0x6C;

struct Desk {
    regs: Regs,
    inputs: Inputs,
}

impl Desk {
    fn new() -> Self {
        let params = RegsParams {
            channels: 2,
            k_planes: vec![8, 4],
            ..RegsParams::default()
        };
        Self {
            regs: Regs::new(&params),
            inputs: Inputs {
                k_bytes: vec![0; 2],
                v_bytes: vec![0; 3],
                flight: vec![0; 2],
                ..Inputs::default()
            },
        }
    }

    fn strobed(&mut self, address: u32, data: u32, strobe: u32) -> Result<(), Refused> {
        let write = Write {
            address,
            data,
            strobe,
        };
        let (_, done) = self.regs.clock(None, Some(write), &self.inputs);
        done.expect("is answered")
    }

    fn write(&mut self, address: u32, data: u32) {
        assert_eq!(self.strobed(address, data, 15), Ok(()));
    }

    fn read(&mut self, address: u32) -> Result<u32, Refused> {
        let (value, _) = self.regs.clock(Some(address), None, &self.inputs);
        value.expect("is answered")
    }

    fn idle(&mut self) {
        self.regs.clock(None, None, &self.inputs);
    }
}

#[test]
fn what_it_is() {
    let mut d = Desk::new();
    assert_eq!(d.read(0), Ok(0x4147_5748));
    assert_eq!(d.read(0x18), Ok(0x48));
    assert_eq!(d.read(0x1C), Ok(0x444));
    assert_eq!(d.read(0x24), Ok(2));
    assert_eq!(d.read(0x28), Ok(512));
    assert_eq!(d.read(0x30), Ok(64));
    assert_eq!((d.read(0x34), d.read(0x38)), (Ok(0), Ok(1)));
    // The window is all of the memory.
    assert_eq!((d.read(0x80), d.read(0x84)), (Ok(0), Ok(0)));
    assert_eq!((d.read(0x88), d.read(0x8C)), (Ok(u32::MAX), Ok(u32::MAX)));
    d.write(0x84, 2);
    d.write(0x88, 0x1000);
    let told = d.regs.outputs();
    assert_eq!(told.window_base, 0x2_0000_0000);
    assert_eq!(told.window_end, 0xFFFF_FFFF_0000_1000);
    assert_eq!(d.read(0x74), Ok(0x30), "normal memory, bufferable");
}

#[test]
fn what_is_not_there_is_refused_and_changes_nothing() {
    let mut d = Desk::new();
    // Behind the identification, between counters, a third plane of K, a third channel.
    for address in [0x3C, 0x90, 0x138, 0x150, 0x804, 0x820, 0xFFC] {
        assert_eq!(d.read(address), Err(Refused), "{address:x}");
        assert_eq!(d.strobed(address, 0, 15), Err(Refused), "{address:x}");
    }
    // Directions.
    assert_eq!(d.read(COMMAND), Err(Refused));
    for address in [0, STATUS, ERROR_CODE, 0x70, 0x100, 0x104, 0x800] {
        assert_eq!(d.strobed(address, 1, 15), Err(Refused), "{address:x}");
    }
    assert_eq!(d.regs.error, None);
}

#[test]
fn strobes_are_honoured_and_reserved_bits_stay_0() {
    let mut d = Desk::new();
    d.write(0x60, 0x1122_3344);
    assert_eq!(d.strobed(0x63, 0xAABB_CCDD, 0b0101), Ok(()));
    assert_eq!(d.read(0x60), Ok(0x11BB_33DD));
    d.write(0x74, u32::MAX);
    assert_eq!(d.read(0x74), Ok(0xF7));
    assert_eq!(d.strobed(IRQ_ENABLE, 7, 0b1110), Ok(()));
    assert_eq!(d.read(IRQ_ENABLE), Ok(0));
    assert_eq!(d.strobed(COMMAND, 7, 0b1110), Ok(()));
    assert!(!d.regs.outputs().soft_reset);
}

#[test]
fn an_event_in_the_cycle_of_its_clear_is_kept() {
    let mut d = Desk::new();
    d.write(IRQ_ENABLE, 1);
    d.inputs.done = true;
    d.idle();
    assert!(!d.regs.outputs().irq, "a cycle behind the status");
    d.write(IRQ_STATUS, 1);
    assert!(d.regs.outputs().irq);
    d.inputs.done = false;
    assert_eq!(d.read(IRQ_STATUS), Ok(1));
    // The wrong bit, the wrong byte, then the right one.
    d.write(IRQ_STATUS, 6);
    assert_eq!(d.strobed(IRQ_STATUS, 1, 0b0010), Ok(()));
    assert_eq!(d.read(IRQ_STATUS), Ok(1));
    d.write(IRQ_STATUS, 1);
    assert_eq!(d.read(IRQ_STATUS), Ok(0));
    assert!(!d.regs.outputs().irq);
}

#[test]
fn doorbells_and_their_errors() {
    let mut d = Desk::new();
    d.write(RING_SIZE, 4);
    d.write(RING_TAIL, 1);
    assert_eq!(d.read(ERROR_CODE), Ok(1), "stopped");
    assert_eq!(d.read(RING_TAIL), Ok(0));
    d.write(CONTROL, 1);
    d.write(RING_TAIL, 4);
    assert_eq!(d.read(ERROR_CODE), Ok(1), "the first one is kept");
    d.write(COMMAND, 4);
    assert!(d.regs.outputs().error_clear);
    d.write(RING_TAIL, 4);
    assert_eq!(
        d.read(ERROR_CODE),
        Ok(2),
        "out of range, in the cycle of the clear"
    );
    assert_eq!(d.read(STATUS), Ok(0b1100));
    d.write(IRQ_STATUS, 7);
    d.write(RING_TAIL, 3);
    assert!(d.regs.outputs().doorbell);
    assert_eq!(d.regs.outputs().ring_tail, 3);
    d.idle();
    assert!(!d.regs.outputs().doorbell);
    assert_eq!(d.read(IRQ_STATUS), Ok(0), "no event yet");
    d.inputs.ring_head = 3;
    d.idle();
    assert_eq!(d.read(IRQ_STATUS), Ok(4), "the ring has run empty");
    // No byte of the index: no doorbell.
    assert_eq!(d.strobed(RING_TAIL, u32::MAX, 0b1100), Ok(()));
    assert!(!d.regs.outputs().doorbell);
    d.write(COMMAND, 1);
    assert!(d.regs.outputs().soft_reset);
    d.idle();
    assert_eq!(d.regs.outputs().ring_tail, 0);
}

#[test]
fn an_error_from_outside_is_taken_once() {
    let mut d = Desk::new();
    d.inputs.error_valid = true;
    d.inputs.error_code = 20;
    d.inputs.error_addr = 0x1_0000_0002;
    d.idle();
    d.inputs.error_code = 21;
    d.write(IRQ_STATUS, 2);
    assert_eq!(
        d.read(IRQ_STATUS),
        Ok(0),
        "it is there still, but it is no new one"
    );
    assert_eq!(
        (d.read(ERROR_CODE), d.read(0x50), d.read(0x54)),
        (Ok(20), Ok(2), Ok(1))
    );
    d.write(COMMAND, 4);
    // The cycle of error_clear; behind it the next error is there at once.
    d.idle();
    assert_eq!(d.read(ERROR_CODE), Ok(0));
    assert_eq!(d.read(ERROR_CODE), Ok(21));
    assert_eq!(d.read(IRQ_STATUS), Ok(2));
}

#[test]
fn counters_keep_their_high_half_and_lose_nothing_when_cleared() {
    let mut d = Desk::new();
    d.regs.counters.insert(0x140, 0x1_FFFF_FFF0);
    d.inputs.k_bytes = vec![64, 0];
    d.inputs.flight = vec![3, 9];
    d.inputs.blocked = 2;
    assert_eq!(d.read(0x140), Ok(0xFFFF_FFF0));
    // It has gone on meanwhile, by what came in the first of two cycles; the other half is that of
    // the same moment.
    assert_eq!(d.read(0x144), Ok(1));
    assert_eq!(d.regs.counter(0x140), Some(0x2_0000_0030));
    d.inputs.flight = vec![1, 2];
    assert_eq!(d.read(0x810), Ok(9 << 16 | 2));
    assert_eq!(d.read(0x818), Ok(2));
    assert_eq!(
        d.read(0x144),
        Ok(0),
        "of the last low half, whichever it was"
    );
    d.write(COMMAND, 2);
    d.idle();
    assert_eq!(
        d.read(0x140),
        Ok(64),
        "the bytes of the cycle before the one in which it was cleared"
    );
    assert_eq!(d.read(0x810), Ok(2 << 16 | 2));
    assert_eq!(d.read(0x818), Ok(3));
    assert_eq!(d.read(0x100), Ok(0));
    // Preset: four cycles of 16 bytes are the 64 that are left, behind that of the command.
    d.inputs.k_bytes = vec![16, 0];
    d.write(COMMAND, 10);
    (0..4).for_each(|_| d.idle());
    assert_eq!((d.read(0x140), d.read(0x144)), (Ok(0xFFFF_FFF0), Ok(0)));
    assert_eq!((d.read(0x140), d.read(0x144)), (Ok(0x10), Ok(1)));
}
