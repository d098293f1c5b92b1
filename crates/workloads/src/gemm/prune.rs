// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which weights stay: the flags, and the mask that they ask for.

use clap::ValueEnum;
use hwgen_golden::figs::tensor::{self, Balance};
use hwgen_golden::figs::{FigsParams, Matrix, Mode, Pattern, SelectBy, Variant, mask};

use hwgen_console::error::Error;

/// Flags that say what is pruned.
#[derive(Debug, Clone, clap::Args)]
pub struct PruneArgs {
    /// Pattern of the weights, such as 1:4: the largest N of every M of a row stay
    #[arg(long, value_name = "N:M")]
    pub nm: Option<String>,
    /// The weights are pruned already: refuse them if they do not have the pattern
    #[arg(long)]
    pub pruned: bool,
    /// Prune this share of the 16 by 16 tiles, too, those of the smallest norm
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub tiles: Option<f64>,
    /// Where tiles are sought
    #[arg(long, value_enum, default_value_t = BalanceName::Global)]
    balance: BalanceName,
    /// Prune this share of the rows, too, those of the smallest norm
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub rows: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BalanceName {
    /// Among all tiles
    Global,
    /// In each strip of 16 outputs, as many in each
    Strips,
}

impl PruneArgs {
    /// Returns the pattern; judges all flags.
    pub fn pattern(&self) -> Result<Pattern, Error> {
        let mut wrong = Vec::new();
        for (flag, share) in [("tiles", self.tiles), ("rows", self.rows)] {
            if let Some(share) = share.filter(|s| !(0.0..=1.0).contains(s)) {
                wrong.push(format!("--{flag} {share}: must be 0 to 1 (try 0.5)"));
            }
        }
        let pattern = match &self.nm {
            None => Err("--nm: name the pattern of the weights (try --nm 1:4)".to_owned()),
            Some(text) => text.parse::<Pattern>().map_err(|mut v| {
                "--nm".clone_into(&mut v.field);
                v.to_string()
            }),
        };
        match pattern {
            Ok(pattern) if wrong.is_empty() => Ok(pattern),
            Ok(_) => Err(Error::Input(wrong)),
            Err(problem) => {
                wrong.insert(0, problem);
                Err(Error::Input(wrong))
            }
        }
    }

    /// Returns which of `weights` stay for an engine.
    pub fn mask(
        &self,
        params: &FigsParams,
        variant: Variant,
        pattern: Pattern,
        weights: &Matrix<f64>,
    ) -> Matrix<bool> {
        let mut kept = if self.pruned {
            weights.map(|w| w != 0.0)
        } else {
            pattern_mask(params, variant, pattern, weights)
        };
        if let Some(share) = self.tiles {
            let balance = match self.balance {
                BalanceName::Global => Balance::Global,
                BalanceName::Strips => Balance::Strips,
            };
            kept = tensor::both(&kept, &tensor::tiles(weights, share, balance));
        }
        if let Some(share) = self.rows {
            kept = tensor::both(&kept, &tensor::rows(weights, share));
        }
        kept
    }
}

/// Prunes by magnitude as the engine needs it: tied where lanes share a select, doubly-N:M where
/// registers exchange.
pub fn pattern_mask(
    params: &FigsParams,
    variant: Variant,
    pattern: Pattern,
    weights: &Matrix<f64>,
) -> Matrix<bool> {
    match (variant, params.mode, params.select) {
        (Variant::Figs, Mode::Exchange, _) => mask::doubly(params, weights, pattern),
        (Variant::Figs, Mode::Select, SelectBy::Pe) => mask::tied(params, weights, pattern),
        _ => mask::magnitude(weights, pattern),
    }
}
