// SPDX-License-Identifier: MIT OR Apache-2.0
//! Powers of two as the hardware has them, and the numerators and ranks that they make.

/// Bits of a scaled difference, and of a shifted one before it is scaled.
pub const OCTAVE_W: u32 = 20;

/// Fraction bits of a scaled difference: its unit is 2^-14 octave.
pub const OCTAVE_FRAC: u32 = 14;

/// Fraction bits of an exponential: its unit is 2^-24.
pub const EXP_FRAC: u32 = 24;

/// Bits of an exponential, which is at most one.
pub const EXP_W: u32 = EXP_FRAC + 1;

/// Bits of a key that ranks candidates; smaller is better.
pub const KEY_W: u32 = 12;

/// Fraction bits of a scaled difference that a key drops.
pub const KEY_SHIFT: u32 = 7;

/// round(2^24 * 2^(-s/64)) for s = 0 to 64: one octave of the exponential.
pub const EXP2: [u32; 65] = [
    16_777_216, 16_596_492, 16_417_715, 16_240_863, 16_065_917, 15_892_855, 15_721_658, 15_552_304,
    15_384_775, 15_219_050, 15_055_111, 14_892_937, 14_732_511, 14_573_813, 14_416_824, 14_261_526,
    14_107_901, 13_955_931, 13_805_598, 13_656_884, 13_509_772, 13_364_245, 13_220_286, 13_077_877,
    12_937_002, 12_797_645, 12_659_789, 12_523_418, 12_388_516, 12_255_067, 12_123_055, 11_992_466,
    11_863_283, 11_735_492, 11_609_078, 11_484_025, 11_360_319, 11_237_946, 11_116_891, 10_997_140,
    10_878_679, 10_761_494, 10_645_571, 10_530_897, 10_417_458, 10_305_242, 10_194_234, 10_084_422,
    9_975_792, 9_868_333, 9_762_032, 9_656_875, 9_552_851, 9_449_948, 9_348_154, 9_247_455,
    9_147_842, 9_049_301, 8_951_823, 8_855_394, 8_760_003, 8_665_641, 8_572_295, 8_479_954,
    8_388_608,
];

/// The scale from raw score units to octaves: `mant / 2^(16 + pre_shift)` units of 2^-14 octave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Right shift of a difference, -16 to 31.
    pub pre_shift: i32,
    /// Multiplier, 16 bits.
    pub mant: u32,
}

impl Scale {
    /// Shifts `difference` (not negative) right by `pre_shift`, left where that is negative.
    /// Returns the result saturated to 20 bits, and whether it had to be.
    pub fn shifted(self, difference: i64) -> (u32, bool) {
        let most = (1_i64 << OCTAVE_W) - 1;
        let shifted = if self.pre_shift >= 0 {
            difference >> self.pre_shift
        } else {
            // Nothing in range is larger than 20 bits, so that the shift cannot lose bits.
            difference.min(most) << -self.pre_shift
        };
        (shifted.min(most) as u32, shifted > most)
    }

    /// Returns `difference` (not negative) in 2^-14 octaves, rounded down, saturating the shift.
    pub fn octaves(self, difference: i64) -> u32 {
        self.scaled(self.shifted(difference).0)
    }

    /// Multiplies a shifted difference.
    pub fn scaled(self, shifted: u32) -> u32 {
        ((u64::from(shifted) * u64::from(self.mant)) >> 16) as u32
    }
}

/// Returns 2^-(octaves / 2^14) in 2^-24 units: at most 2^24, and that at 0.
pub fn exp2(octaves: u32) -> u32 {
    let (whole, fraction) = (octaves >> OCTAVE_FRAC, octaves & ((1 << OCTAVE_FRAC) - 1));
    let (segment, low) = ((fraction >> 8) as usize, fraction & 255);
    let step = EXP2[segment] - EXP2[segment + 1];
    let mantissa = EXP2[segment] - ((step * low) >> 8);
    match whole {
        0 => mantissa,
        // Rounds half up.
        1..=31 => ((u64::from(mantissa) + (1 << (whole - 1))) >> whole) as u32,
        _ => 0,
    }
}

/// Returns the rank of a candidate; smaller is better.
pub fn key(octaves: u32) -> u32 {
    (octaves >> KEY_SHIFT).min((1 << KEY_W) - 1)
}

/// The numerators of one query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numerators {
    /// Exponentials in 2^-24 units, exactly 0 of masked keys.
    pub exps: Vec<u32>,
    /// Ranks; of masked keys meaningless.
    pub keys: Vec<u32>,
    /// Sum of the exponentials.
    pub sum: u64,
}

impl Numerators {
    /// Evaluates the scores of the visible keys; `None` is a masked one.
    pub fn of(scores: &[Option<i64>], scale: Scale) -> Self {
        let mut out = Self {
            exps: vec![0; scores.len()],
            keys: vec![(1 << KEY_W) - 1; scores.len()],
            sum: 0,
        };
        let Some(max) = scores.iter().flatten().max() else {
            return out;
        };
        for (j, score) in scores.iter().enumerate() {
            if let Some(score) = score {
                let octaves = scale.octaves(max - score);
                out.exps[j] = exp2(octaves);
                out.keys[j] = key(octaves);
                out.sum += u64::from(out.exps[j]);
            }
        }
        out
    }
}
