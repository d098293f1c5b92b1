// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where batch, heads and tokens stand in a tensor.

use clap::ValueEnum;

use crate::tensors::Tensor;
use hwgen_console::error::Error;

/// Order of heads and tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Order {
    /// [heads, tokens, d] or [batch, heads, tokens, d]
    Bhnd,
    /// [tokens, heads, d] or [batch, tokens, heads, d] (flash-attention)
    Bnhd,
}

/// Sizes: batch, heads, tokens, elements.
pub(super) type Sizes = [usize; 4];

/// The dimensions that a tensor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Whether there is a batch.
    pub batch: bool,
    /// Whether heads are a dimension of their own; else there is one, or they are side by side.
    pub heads: bool,
    /// Whether tokens stand before heads.
    tokens_first: bool,
}

impl Layout {
    /// The layout of listed samples: [heads, tokens, d].
    pub(super) const LISTED: Self = Self {
        batch: false,
        heads: true,
        tokens_first: false,
    };

    /// Returns the layout of a tensor of so many dimensions. Heads may be `split` off the last one,
    /// or missing in keys and values that all query heads share (`shared`).
    pub(super) fn of(rank: usize, order: Order, split: bool, shared: bool) -> Option<Self> {
        let tokens_first = split || order == Order::Bnhd;
        let (batch, heads) = match (rank, split || shared) {
            (2, _) => (false, false),
            (3, true) => (true, false),
            (3, false) => (false, true),
            (4, false) => (true, true),
            _ => return None,
        };
        Some(Self {
            batch,
            heads,
            tokens_first,
        })
    }

    /// Tells whether heads stand before tokens.
    pub(super) fn is_heads_first(self) -> bool {
        self.heads && !self.tokens_first
    }

    /// Returns the shape of a tensor of these sizes.
    pub fn shape(self, [b, h, n, d]: Sizes) -> Vec<usize> {
        let mut shape = Vec::new();
        if self.batch {
            shape.push(b);
        }
        match (self.heads, self.tokens_first) {
            (true, false) => shape.extend([h, n, d]),
            (true, true) => shape.extend([n, h, d]),
            (false, _) => shape.extend([n, h * d]),
        }
        shape
    }

    /// Returns where the elements of a token start.
    pub fn at(self, [_, h, n, d]: Sizes, item: usize, head: usize, token: usize) -> usize {
        if self.tokens_first {
            ((item * n + token) * h + head) * d
        } else {
            ((item * h + head) * n + token) * d
        }
    }
}

/// A tensor whose dimensions are known.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) label: String,
    pub(super) shape: Vec<usize>,
    pub(super) sizes: Sizes,
    pub(super) layout: Layout,
    data: Vec<f64>,
}

impl Grid {
    /// Takes over a tensor of finite numbers. `width` gives the heads that are side by side, from
    /// the length of the last dimension.
    pub(super) fn new(
        tensor: &Tensor,
        order: Order,
        shared: bool,
        width: Option<&dyn Fn(usize) -> Result<usize, String>>,
    ) -> Result<Self, Error> {
        let shape = tensor.shape.clone();
        let refuse =
            |rule: &str| Error::input(format!("{}: shape {shape:?}: {rule}", tensor.label));
        let layout = Layout::of(shape.len(), order, width.is_some(), shared);
        let layout = layout.ok_or_else(|| refuse(expected(order, width.is_some())))?;
        let last = tensor.last();
        let heads = width.map_or(Ok(1), |w| w(last)).map_err(|e| refuse(&e))?;
        let b = if layout.batch { shape[0] } else { 1 };
        let rest = &shape[usize::from(layout.batch)..];
        let sizes = match (layout.heads, layout.tokens_first) {
            (true, false) => [b, rest[0], rest[1], rest[2]],
            (true, true) => [b, rest[1], rest[0], rest[2]],
            (false, _) => [b, heads, rest[0], last / heads],
        };
        let grid = Self {
            label: tensor.label.clone(),
            sizes,
            layout,
            data: tensor.reals()?,
            shape,
        };
        grid.finite().map(|()| grid)
    }

    /// Returns the rows of a head, a token each.
    pub(super) fn rows(&self, item: usize, head: usize) -> Vec<Vec<f64>> {
        let [_, _, n, d] = self.sizes;
        let row = |token: usize| {
            let at = self.layout.at(self.sizes, item, head, token);
            self.data[at..at + d].to_vec()
        };
        (0..n).map(row).collect()
    }

    fn finite(&self) -> Result<(), Error> {
        if self.data.iter().all(|x| x.is_finite()) {
            return Ok(());
        }
        let [items, heads, _, d] = self.sizes;
        for item in 0..items {
            for head in 0..heads {
                let rows = self.rows(item, head);
                let bad = |row: &Vec<f64>| row.iter().position(|x| !x.is_finite());
                let found = rows
                    .iter()
                    .enumerate()
                    .find_map(|(i, r)| Some(i * d + bad(r)?));
                if let Some(at) = found {
                    let batch = if self.layout.batch {
                        format!(", batch item {item}")
                    } else {
                        String::new()
                    };
                    return Err(Error::input(format!(
                        "{}{batch}, head {head}: element {at} is NaN or infinite: must be a number",
                        self.label
                    )));
                }
            }
        }
        Ok(())
    }
}

/// Says which shapes are read.
fn expected(order: Order, split: bool) -> &'static str {
    match (split, order) {
        (true, _) => {
            "with --heads it must be [tokens, heads * d] or [batch, tokens, heads * d] (leave \
             --heads out for a dimension of heads)"
        }
        (false, Order::Bhnd) => {
            "must be [tokens, d], [heads, tokens, d] or [batch, heads, tokens, d] (--layout bnhd \
             where tokens come before heads, --heads where heads are side by side in the last \
             dimension)"
        }
        (false, Order::Bnhd) => {
            "with --layout bnhd it must be [tokens, d], [tokens, heads, d] or [batch, tokens, \
             heads, d]"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensors::Data;

    fn grid(shape: &[usize], order: Order, shared: bool, heads: Option<usize>) -> Grid {
        let n: usize = shape.iter().product();
        let tensor = Tensor {
            label: "t".to_owned(),
            shape: shape.to_vec(),
            data: Data::Integers((0..n as i64).collect()),
            least: None,
        };
        let split = heads.map(|h| move |_: usize| Ok(h));
        let split = split
            .as_ref()
            .map(|f| f as &dyn Fn(usize) -> Result<usize, String>);
        Grid::new(&tensor, order, shared, split).expect("is one")
    }

    #[test]
    fn rows_of_every_layout() {
        // Head 1, token 2 of 2 heads, 3 tokens, 2 elements.
        let row = |g: &Grid, item: usize| g.rows(item, 1)[2].clone();
        let g = grid(&[2, 3, 2], Order::Bhnd, false, None);
        assert_eq!((g.sizes, row(&g, 0)), ([1, 2, 3, 2], vec![10.0, 11.0]));
        let g = grid(&[3, 2, 2], Order::Bnhd, false, None);
        assert_eq!((g.sizes, row(&g, 0)), ([1, 2, 3, 2], vec![10.0, 11.0]));
        let g = grid(&[3, 4], Order::Bhnd, false, Some(2));
        assert_eq!((g.sizes, row(&g, 0)), ([1, 2, 3, 2], vec![10.0, 11.0]));
        let g = grid(&[2, 2, 4, 2], Order::Bhnd, false, None);
        assert_eq!((g.sizes, row(&g, 1)), ([2, 2, 4, 2], vec![28.0, 29.0]));
        let g = grid(&[2, 4, 2, 2], Order::Bnhd, false, None);
        assert_eq!((g.sizes, row(&g, 1)), ([2, 2, 4, 2], vec![26.0, 27.0]));
        let g = grid(&[2, 4, 4], Order::Bhnd, false, Some(2));
        assert_eq!((g.sizes, row(&g, 1)), ([2, 2, 4, 2], vec![26.0, 27.0]));
        let g = grid(&[2, 3, 2], Order::Bhnd, true, None);
        assert_eq!(
            (g.sizes, g.rows(1, 0)[0].clone()),
            ([2, 1, 3, 2], vec![6.0, 7.0])
        );
    }

    #[test]
    fn shapes_go_back_to_what_they_were() {
        for (shape, order, heads) in [
            (&[3, 2][..], Order::Bhnd, None),
            (&[2, 3, 2], Order::Bhnd, None),
            (&[3, 2, 2], Order::Bnhd, None),
            (&[5, 3, 2, 2], Order::Bnhd, None),
            (&[5, 2, 3, 2], Order::Bhnd, None),
            (&[3, 4], Order::Bhnd, Some(2)),
            (&[5, 3, 4], Order::Bnhd, Some(2)),
        ] {
            let g = grid(shape, order, false, heads);
            assert_eq!(g.layout.shape(g.sizes), shape);
        }
    }
}
