// SPDX-License-Identifier: MIT OR Apache-2.0
//! The accelerator under test, as the manifest has it.

use hwgen_golden::accelerator::Accelerator;
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::attention_axi::AttentionAxiParams;
use hwgen_golden::cascade::EngineParams;
use hwgen_golden::command::Shape;
use hwgen_golden::regs::Table;
use hwgen_golden::stream::Window;
use hwgen_golden::vector_reader::VectorReaderParams;

use super::store::CHANNEL_BYTES;
use crate::kit::read;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;

/// The accelerator under test.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    /// The core.
    pub(super) core: AttentionParams,
    /// How it reads vectors.
    pub(super) reader: VectorReaderParams,
    /// Bits of a beat of everything else.
    pub(super) io_w: u32,
    /// Cascade pruning, if it is there.
    pub(super) cascade: Option<EngineParams>,
    /// Whether appending is there.
    pub(super) append: bool,
    /// The registers.
    pub(super) table: Table,
}

impl Device {
    /// Reads what the bench needs from the manifest.
    pub(super) fn of(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = AttentionAxiParams::interface;
        let params = read(engine, AttentionAxiParams::from_values, interface)?;
        Ok(Self::new(params))
    }

    /// Returns the device of these parameters.
    pub(super) fn new(params: AttentionAxiParams) -> Self {
        Self {
            reader: params.vector_reader(),
            io_w: params.memory.io_w,
            table: Table::of(&params.regs()),
            core: params.core,
            cascade: params.cascade,
            append: params.append,
        }
    }

    /// Returns the bytes of a beat of everything but vectors.
    pub(super) fn io_bytes(&self) -> u32 {
        self.io_w / 8
    }

    /// Returns the model, for accesses in `window`.
    pub(super) fn model(&self, window: Window) -> Accelerator {
        let shape = Shape {
            vectors: self.reader.clone(),
            attention: true,
            cascade: self.cascade.is_some(),
            append: self.append,
            window,
        };
        let cascade = self.cascade.clone();
        Accelerator::new(&self.core, shape, cascade, self.io_bytes(), CHANNEL_BYTES)
    }

    /// Returns the offset of a register.
    ///
    /// # Panics
    /// If there is none of this name.
    pub(super) fn register(&self, name: &str) -> u32 {
        let register = self.table.named(name);
        register
            .unwrap_or_else(|| panic!("no register {name}"))
            .offset
    }
}

/// The accelerator under test.
pub(crate) struct AxiBench {
    pub(super) device: Device,
}

impl AxiBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let device = Device::of(engine)?;
        Ok(Self { device })
    }
}
