// SPDX-License-Identifier: MIT OR Apache-2.0
//! Types of one or two bytes that NumPy has no name for, as the package `ml_dtypes` defines them.
//!
//! `numpy.save` writes their bytes and forgets what they are: with `ml_dtypes` 0.6.0 a file of
//! bfloat16 says `<V2`, one of `float8_e5m2` says `<f1`, and all other narrow types say `<V1`, a byte
//! for each value even if it has four bits. So the user says it with `--dtype`.

use std::fmt;
use std::str::FromStr;

/// A narrow type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Narrow {
    name: &'static str,
    bytes: usize,
    format: Format,
}

/// How bits become a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// The low bits, as an integer.
    Integer { bits: u32, signed: bool },
    /// A sign, an exponent, a mantissa.
    Float {
        exponent: u32,
        mantissa: u32,
        bias: i32,
        special: Special,
    },
    /// An exponent alone, 127 is one, 255 is NaN.
    Power,
}

/// Which encodings are no numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    /// The largest exponent: infinity where the mantissa is 0, else NaN (IEEE 754).
    Ieee,
    /// All ones but the sign: NaN. No infinity.
    Ones,
    /// The sign alone: NaN. No infinity, no negative zero.
    NegativeZero,
    /// None.
    Nothing,
}

const fn integer(name: &'static str, bits: u32, signed: bool) -> Narrow {
    Narrow {
        name,
        bytes: 1,
        format: Format::Integer { bits, signed },
    }
}

const fn float(
    name: &'static str,
    exponent: u32,
    mantissa: u32,
    bias: i32,
    special: Special,
) -> Narrow {
    Narrow {
        name,
        bytes: if exponent + mantissa > 7 { 2 } else { 1 },
        format: Format::Float {
            exponent,
            mantissa,
            bias,
            special,
        },
    }
}

const POWER: Narrow = Narrow {
    name: "float8_e8m0fnu",
    bytes: 1,
    format: Format::Power,
};

/// All narrow types, by the names of `ml_dtypes`.
const ALL: [Narrow; 17] = [
    float("bfloat16", 8, 7, 127, Special::Ieee),
    float("float16", 5, 10, 15, Special::Ieee),
    float("float8_e3m4", 3, 4, 3, Special::Ieee),
    float("float8_e4m3", 4, 3, 7, Special::Ieee),
    float("float8_e4m3fn", 4, 3, 7, Special::Ones),
    float("float8_e4m3fnuz", 4, 3, 8, Special::NegativeZero),
    float("float8_e4m3b11fnuz", 4, 3, 11, Special::NegativeZero),
    float("float8_e5m2", 5, 2, 15, Special::Ieee),
    float("float8_e5m2fnuz", 5, 2, 16, Special::NegativeZero),
    POWER,
    float("float6_e2m3fn", 2, 3, 1, Special::Nothing),
    float("float6_e3m2fn", 3, 2, 3, Special::Nothing),
    float("float4_e2m1fn", 2, 1, 1, Special::Nothing),
    integer("int4", 4, true),
    integer("uint4", 4, false),
    integer("int2", 2, true),
    integer("uint2", 2, false),
];

impl Narrow {
    /// Returns the names of the types of so many bytes.
    pub fn names(bytes: usize) -> String {
        let of = ALL.iter().filter(|n| n.bytes == bytes).map(|n| n.name);
        of.collect::<Vec<_>>().join(", ")
    }

    /// Returns the bytes of an element.
    pub fn bytes(self) -> usize {
        self.bytes
    }

    /// Tells whether the elements are integers.
    pub fn is_integer(self) -> bool {
        matches!(self.format, Format::Integer { .. })
    }

    /// Returns the value of an element's bits; what stands above its bits is not looked at.
    pub fn value(self, word: u16) -> f64 {
        let word = i32::from(word);
        match self.format {
            Format::Integer { bits, signed } => {
                let low = word & ((1 << bits) - 1);
                let negative = signed && low >> (bits - 1) == 1;
                f64::from(if negative { low - (1 << bits) } else { low })
            }
            Format::Power if word & 255 == 255 => f64::NAN,
            Format::Power => f64::from((word & 255) - 127).exp2(),
            Format::Float {
                exponent,
                mantissa,
                bias,
                special,
            } => {
                let ones = (1 << (exponent + mantissa)) - 1;
                let (magnitude, negative) = (word & ones, word >> (exponent + mantissa) & 1 == 1);
                let (e, m) = (magnitude >> mantissa, magnitude & ((1 << mantissa) - 1));
                let unsigned = match special {
                    Special::Ieee if e == (1 << exponent) - 1 && m == 0 => f64::INFINITY,
                    Special::Ieee if e == (1 << exponent) - 1 => f64::NAN,
                    Special::Ones if magnitude == ones => f64::NAN,
                    Special::NegativeZero if magnitude == 0 && negative => f64::NAN,
                    // Without the leading one, and with the exponent of the smallest normal number.
                    _ if e == 0 => f64::from(m) * f64::from(1 - bias - mantissa as i32).exp2(),
                    _ => {
                        let whole = m | 1 << mantissa;
                        f64::from(whole) * f64::from(e - bias - mantissa as i32).exp2()
                    }
                };
                if negative { -unsigned } else { unsigned }
            }
        }
    }
}

impl fmt::Display for Narrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl FromStr for Narrow {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        ALL.into_iter().find(|n| n.name == name).ok_or_else(|| {
            let (one, two) = (Self::names(1), Self::names(2));
            format!("is not a narrow type (one of {two}, {one})")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, word: u16) -> f64 {
        name.parse::<Narrow>().expect("is one").value(word)
    }

    #[test]
    fn known_encodings() {
        // Largest, smallest normal, smallest, as the tables of ml_dtypes and of OCP's specification.
        let cases = [
            ("bfloat16", 0x3fc0, 1.5),
            ("bfloat16", 0xc2f7, -123.5),
            ("float16", 0x7bff, 65504.0),
            ("float8_e4m3fn", 0x7e, 448.0),
            ("float8_e4m3fn", 0x08, 2.0_f64.powi(-6)),
            ("float8_e4m3fn", 0x01, 2.0_f64.powi(-9)),
            ("float8_e4m3", 0x77, 240.0),
            ("float8_e4m3fnuz", 0x7f, 240.0),
            ("float8_e4m3b11fnuz", 0x7f, 30.0),
            ("float8_e3m4", 0x6f, 15.5),
            ("float8_e5m2", 0x7b, 57344.0),
            ("float8_e5m2fnuz", 0xff, -57344.0),
            ("float8_e8m0fnu", 127, 1.0),
            ("float8_e8m0fnu", 0, 2.0_f64.powi(-127)),
            ("float6_e2m3fn", 0x1f, 7.5),
            ("float6_e3m2fn", 0x1f, 28.0),
            ("float4_e2m1fn", 0x7, 6.0),
            ("float4_e2m1fn", 0x9, -0.5),
            ("int4", 0x8, -8.0),
            ("int4", 0xf9, -7.0),
            ("uint4", 0xf, 15.0),
            ("int2", 0x2, -2.0),
            ("uint2", 0x3, 3.0),
        ];
        for (name, word, expected) in cases {
            assert_eq!(
                value(name, word).to_bits(),
                expected.to_bits(),
                "{name} {word:#x}"
            );
        }
        assert!(value("float8_e5m2", 0x7c).is_infinite());
        let nans = [
            ("float8_e4m3fn", 0xff),
            ("float8_e4m3fnuz", 0x80),
            ("float8_e5m2", 0x7d),
            ("float8_e8m0fnu", 255),
            ("bfloat16", 0x7fc0),
        ];
        for (name, word) in nans {
            assert!(value(name, word).is_nan(), "{name} {word:#x}");
        }
    }

    #[test]
    fn half_and_brain_floats_are_those_of_the_crate_half() {
        for word in 0..=u16::MAX {
            let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            assert!(same(
                value("float16", word),
                half::f16::from_bits(word).to_f64()
            ));
            assert!(same(
                value("bfloat16", word),
                half::bf16::from_bits(word).to_f64()
            ));
        }
    }

    #[test]
    fn an_unknown_type_is_answered_with_the_known_ones() {
        let said = "float9".parse::<Narrow>().expect_err("is none");
        assert!(said.contains("bfloat16") && said.contains("int4"), "{said}");
    }
}
