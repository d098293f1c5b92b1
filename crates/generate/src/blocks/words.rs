// SPDX-License-Identifier: MIT OR Apache-2.0
//! Joins what the specification says of a module in numbers with what the module says in words.

use hwgen_bundle::manifest::Port;
use hwgen_golden::{BlockName, Interface};

use crate::block::Parameter;
use crate::header::{self, Header};
use crate::template;

/// Returns the parameters and ports of `module`, an engine of `block`: names and values from
/// `interface`, words from the module's header.
///
/// `variants` are the interfaces of all variants of the block, where there are several: what all of
/// them have is a constant of the design's package.
///
/// # Panics
/// Panics if the library has no such module, or its header has no words for a parameter or port: a
/// bug of this program, which `tests/lineup.rs` looks for.
pub(super) fn joined(
    block: BlockName,
    module: &str,
    interface: &Interface,
    variants: &[Interface],
) -> (Vec<Parameter>, Vec<Port>) {
    let text = template::text(module);
    let header = Header::read(text.unwrap_or_else(|| panic!("{module}.sv is not in the library")));
    let parameter = |&(name, value): &(&'static str, i64)| {
        let has = |i: &Interface| i.parameters.iter().any(|p| p.0 == name);
        let shared = variants.len() > 1 && variants.iter().all(has);
        let declared = header.parameters.iter().find(|p| p.name == name);
        Parameter {
            name,
            value,
            constant: shared.then(|| constant(block, name)),
            about: said(module, name, declared.map(header::Parameter::meaning)),
        }
    };
    let port = |port: &hwgen_golden::interface::Port| {
        let declared = header.ports.iter().find(|p| p.name == port.name);
        Port {
            name: port.name.to_owned(),
            dir: port.dir.into(),
            width: port.width,
            meaning: said(module, port.name, declared.map(|p| p.words.clone())),
        }
    };
    (
        interface.parameters.iter().map(parameter).collect(),
        interface.ports.iter().map(port).collect(),
    )
}

fn said(module: &str, name: &str, words: Option<String>) -> String {
    let words = words.filter(|w| !w.is_empty());
    words.unwrap_or_else(|| panic!("{module}.sv has no /// line above {name}"))
}

/// Returns the constant of a parameter in the package of its block: `TOPK_KEY_W` of `KeyW`.
fn constant(block: BlockName, parameter: &str) -> String {
    let mut name = block.name().to_ascii_uppercase();
    for c in parameter.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use hwgen_golden::topk::{TopkParams, Variant};

    use super::*;

    #[test]
    fn numbers_and_words_come_together() {
        let p = TopkParams::default();
        let all = Variant::ALL.map(|v| p.interface(v));
        let (parameters, ports) = joined(BlockName::Topk, "hg_topk_radix", &all[0], &all);
        let of = |name| {
            parameters
                .iter()
                .find(|p| p.name == name)
                .expect("is there")
        };
        let key_w = of("KeyW");
        assert_eq!((key_w.value, &*key_w.about), (12, "Bits of a key."));
        assert_eq!(key_w.constant.as_deref(), Some("TOPK_KEY_W"));
        assert_eq!(of("MaxN").constant.as_deref(), Some("TOPK_MAX_N"));
        assert_eq!(of("DigitW").constant, None);
        let port = &ports[6];
        assert_eq!((&*port.name, port.width), ("key_data_i", 192));
        assert_eq!(port.meaning, "Keys, lane 0 in the low bits.");
        let (alone, _) = joined(BlockName::Topk, "hg_topk_radix", &all[0], &all[..1]);
        assert!(alone.iter().all(|p| p.constant.is_none()));
    }

    #[test]
    #[should_panic(expected = "hg_topk_batcher.sv has no /// line above Capacity")]
    fn what_has_no_words_is_named() {
        let stream = TopkParams::default().interface(Variant::Stream);
        joined(BlockName::Topk, "hg_topk_batcher", &stream, &[]);
    }
}
