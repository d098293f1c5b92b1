// SPDX-License-Identifier: MIT OR Apache-2.0
//! A device under test: one instance of a compiled model, clocked one cycle a call.
//!
//! Has unsafe code, as only `load` beside it does. It knows ports, cycles and RTL errors, and no protocol.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;

use libloading::Library;

use crate::load::{load, refused, words};
use crate::model::Model;
use crate::shim::Layout;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Dir;

const FLAG_FINISH: u32 = 2;
const RESET: &str = "rst_ni";

type New = unsafe extern "C" fn(u32, *const u64) -> *mut c_void;
type Delete = unsafe extern "C" fn(*mut c_void);
type Tick = unsafe extern "C" fn(*mut c_void, *const u64, *mut u64) -> u32;
type Text = unsafe extern "C" fn(*mut c_void) -> *const c_char;
type Forgive = unsafe extern "C" fn(*mut c_void);
type Wave = unsafe extern "C" fn(*mut c_void, *const c_char) -> c_int;

/// An instance of a model.
pub struct Dut {
    instance: NonNull<c_void>,
    tick: Tick,
    delete: Delete,
    text: Text,
    forgive: Forgive,
    wave: Wave,
    inputs: Box<[u64]>,
    outputs: Box<[u64]>,
    layout: Layout,
    cycle: u64,
    // Unloaded after everything that came from it.
    _library: Library,
}

/// Handle of an input port.
#[derive(Debug, Clone, Copy)]
pub struct In {
    word: usize,
    width: u32,
}

/// Handle of an output port.
#[derive(Debug, Clone, Copy)]
pub struct Out {
    word: usize,
    width: u32,
}

/// How a model is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eval {
    /// Through the model's own evaluation function: the fast way.
    Direct,
    /// Through `eval_step`, which is public in Verilator: the fallback.
    Step,
}

impl Eval {
    /// Reads `HWGEN_EVAL`; only `step` changes anything.
    pub fn from_env() -> Self {
        match std::env::var("HWGEN_EVAL").as_deref() {
            Ok("step") => Self::Step,
            _ => Self::Direct,
        }
    }
}

/// A check inside the RTL failed, or it ended the simulation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cycle {cycle}: {message}")]
pub struct RtlError {
    /// Cycle in which it happened.
    pub cycle: u64,
    /// What the RTL printed.
    pub message: String,
}

impl Dut {
    /// Loads `model` and makes an instance whose state is drawn from `seed`.
    pub fn open(model: &Model, seed: u64) -> Result<Self, VerifyError> {
        Self::open_with(model, seed, Eval::from_env())
    }

    /// Does the same with a chosen way of evaluation.
    pub fn open_with(model: &Model, seed: u64, eval: Eval) -> Result<Self, VerifyError> {
        let refused = |reason: &str| refused(&model.path, reason);
        let library = load(&model.path)?;
        let find = || -> Result<_, libloading::Error> {
            let tick = match eval {
                Eval::Direct => c"hwgen_tick",
                Eval::Step => c"hwgen_tick_step",
            };
            // SAFETY: cpp/shim.cpp defines these names with these types, extern "C".
            unsafe {
                let layout = *library.get::<unsafe extern "C" fn() -> u64>(c"hwgen_layout")?;
                let new = *library.get::<New>(c"hwgen_new")?;
                let tick = *library.get::<Tick>(tick)?;
                let delete = *library.get::<Delete>(c"hwgen_delete")?;
                let text = *library.get::<Text>(c"hwgen_text")?;
                let forgive = *library.get::<Forgive>(c"hwgen_forgive")?;
                let wave = *library.get::<Wave>(c"hwgen_wave")?;
                Ok((layout, new, tick, delete, text, forgive, wave))
            }
        };
        let (layout, new, tick, delete, text, forgive, wave) =
            find().map_err(|error| refused(&words(&error)))?;
        // SAFETY: hwgen_layout takes nothing and returns a constant.
        if unsafe { layout() } != model.layout.digest() {
            return Err(refused("its ports are not those of the manifest"));
        }
        let mut inputs = vec![0; model.layout.in_words].into_boxed_slice();
        // An asynchronous reset needs an edge to act before the first clock, while the state is
        // still random; so power comes up without it.
        if let Some((word, _)) = model.layout.find(RESET, Dir::Input) {
            inputs[word] = 1;
        }
        let outputs = vec![0; model.layout.out_words].into_boxed_slice();
        // SAFETY: hwgen_new reads as many input words as the layout counts, which the digest
        // above vouches for, and catches every C++ exception.
        let instance = unsafe { new((seed ^ (seed >> 32)) as u32, inputs.as_ptr()) };
        let instance = NonNull::new(instance)
            .ok_or_else(|| refused("its initial evaluation does not settle"))?;
        Ok(Self {
            instance,
            tick,
            delete,
            text,
            forgive,
            wave,
            inputs,
            outputs,
            layout: model.layout.clone(),
            cycle: 0,
            _library: library,
        })
    }

    /// Clocks the model once. Outputs are read as they stand before the rising edge, with the
    /// inputs of this cycle applied.
    #[inline]
    pub fn tick(&mut self) -> Result<(), RtlError> {
        // SAFETY: the instance lives until drop; the slices have the lengths of the layout, which
        // the shim was compiled with; hwgen_tick catches every C++ exception.
        let flags = unsafe {
            (self.tick)(
                self.instance.as_ptr(),
                self.inputs.as_ptr(),
                self.outputs.as_mut_ptr(),
            )
        };
        if flags != 0 {
            return Err(self.explain(flags));
        }
        self.cycle += 1;
        Ok(())
    }

    #[cold]
    fn explain(&self, flags: u32) -> RtlError {
        let said = self.text();
        let message = match (said.trim(), flags) {
            ("", FLAG_FINISH) => "the RTL called $finish",
            ("", _) => "the RTL stopped without a message",
            (text, _) => text,
        };
        RtlError {
            cycle: self.cycle,
            message: message.to_owned(),
        }
    }

    /// Holds `rst_ni` low for `cycles` cycles. Checks of the RTL do not count meanwhile: they look
    /// at state that is random after power-up and half cleared after a reset in between.
    pub fn reset(&mut self, cycles: u32) -> Result<(), RtlError> {
        let reset = self.input(RESET).expect("every engine has a reset");
        self.set(reset, 0);
        for _ in 0..cycles {
            let ticked = self.tick();
            // SAFETY: hwgen_forgive takes a living instance and changes its flags only.
            unsafe { (self.forgive)(self.instance.as_ptr()) };
            if ticked.is_err() {
                self.cycle += 1;
            }
        }
        self.set(reset, 1);
        Ok(())
    }

    /// Returns the number of cycles so far.
    #[inline]
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// Returns what the RTL has printed so far.
    pub fn text(&self) -> String {
        // SAFETY: hwgen_text returns a terminated string that lives until the next call.
        let text = unsafe { CStr::from_ptr((self.text)(self.instance.as_ptr())) };
        text.to_string_lossy().into_owned()
    }

    /// Starts to dump waves to `path`; only a model that was built with waves can.
    pub fn open_wave(&mut self, path: &Path) -> Result<(), VerifyError> {
        let refused = || VerifyError::io(path)(std::io::Error::other("cannot write waves here"));
        let spelled = CString::new(path.as_os_str().as_bytes()).map_err(|_| refused())?;
        // SAFETY: hwgen_wave copies the path before it returns and catches every C++ exception.
        let opened = unsafe { (self.wave)(self.instance.as_ptr(), spelled.as_ptr()) };
        if opened == 1 { Ok(()) } else { Err(refused()) }
    }

    /// Finds an input port.
    pub fn input(&self, name: &str) -> Option<In> {
        let (word, width) = self.layout.find(name, Dir::Input)?;
        Some(In { word, width })
    }

    /// Finds an output port.
    pub fn output(&self, name: &str) -> Option<Out> {
        let (word, width) = self.layout.find(name, Dir::Output)?;
        Some(Out { word, width })
    }

    /// Sets an input of up to 64 bits; higher bits of `value` are dropped.
    #[inline]
    pub fn set(&mut self, port: In, value: u64) {
        self.inputs[port.word] = value & mask(port.width);
    }

    /// Returns an output of up to 64 bits.
    #[inline]
    pub fn get(&self, port: Out) -> u64 {
        self.outputs[port.word]
    }

    /// Sets `width` bits of an input from bit `lsb` up.
    #[inline]
    pub fn set_field(&mut self, port: In, lsb: u32, width: u32, value: u64) {
        debug_assert!(lsb + width <= port.width && width <= 64);
        let (word, shift) = (port.word + (lsb / 64) as usize, lsb % 64);
        let value = value & mask(width);
        let low = &mut self.inputs[word];
        *low = (*low & !(mask(width) << shift)) | (value << shift);
        if shift + width > 64 {
            let high = &mut self.inputs[word + 1];
            let kept = 64 - shift;
            *high = (*high & !(mask(width) >> kept)) | (value >> kept);
        }
    }

    /// Returns `width` bits of an output from bit `lsb` up.
    #[inline]
    pub fn get_field(&self, port: Out, lsb: u32, width: u32) -> u64 {
        debug_assert!(lsb + width <= port.width && width <= 64);
        let (word, shift) = (port.word + (lsb / 64) as usize, lsb % 64);
        let mut value = self.outputs[word] >> shift;
        if shift + width > 64 {
            value |= self.outputs[word + 1] << (64 - shift);
        }
        value & mask(width)
    }

    /// Returns the words of an input, lowest first, to be filled at once. Bits beyond the port's
    /// width must stay zero.
    #[inline]
    pub fn words_mut(&mut self, port: In) -> &mut [u64] {
        &mut self.inputs[port.word..port.word + port.width.div_ceil(64) as usize]
    }

    /// Returns the words of an output, lowest first.
    #[inline]
    pub fn words(&self, port: Out) -> &[u64] {
        &self.outputs[port.word..port.word + port.width.div_ceil(64) as usize]
    }

    /// Returns all output words, to compare two cycles at once.
    #[inline]
    pub fn outputs(&self) -> &[u64] {
        &self.outputs
    }
}

impl Drop for Dut {
    fn drop(&mut self) {
        // SAFETY: the instance came from hwgen_new and nothing uses it after this.
        unsafe { (self.delete)(self.instance.as_ptr()) };
    }
}

impl In {
    /// Returns the width in bits.
    pub fn width(self) -> u32 {
        self.width
    }
}

impl Out {
    /// Returns the width in bits.
    pub fn width(self) -> u32 {
        self.width
    }
}

/// Returns `width` ones, 0 to 64.
#[inline]
pub fn mask(width: u32) -> u64 {
    if width >= 64 {
        u64::MAX
    } else {
        (1 << width) - 1
    }
}
