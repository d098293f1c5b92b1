// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the dimensions of a bias or mask lie over batch, heads, queries and keys.

use super::super::layout::Sizes;
use super::means::Role;

/// Lays a shape over batch, heads, queries and keys, the last dimensions first, as models broadcast.
pub(super) fn steps(
    shape: &[usize],
    [b, h, nq, n]: Sizes,
    role: Role,
) -> Result<(Sizes, &'static str), String> {
    let takes = |dims: &[usize]| {
        let pairs = dims.iter().zip(shape);
        dims.len() == shape.len() && pairs.clone().all(|(&d, &s)| s == d || s == 1)
    };
    // Each form, which of the four dimensions it has, and whether the name speaks for it.
    let padding = role == Role::Padding;
    let forms: [(&[usize], &[usize], &str); 7] = [
        (&[n], &[3], "[keys]"),
        (&[nq, n], &[2, 3], "[queries, keys]"),
        (&[b, n], &[0, 3], "[batch, keys]"),
        (&[h, nq, n], &[1, 2, 3], "[heads, queries, keys]"),
        (&[b, nq, n], &[0, 2, 3], "[batch, queries, keys]"),
        (
            &[b * h, nq, n],
            &[0, 2, 3],
            "[batch * heads, queries, keys]",
        ),
        (
            &[b, h, nq, n],
            &[0, 1, 2, 3],
            "[batch, heads, queries, keys]",
        ),
    ];
    let mut fit: Vec<_> = forms.iter().filter(|(dims, ..)| takes(dims)).collect();
    if padding {
        fit.retain(|(_, of, _)| *of == [3] || *of == [0, 3]);
    }
    // Without a batch, or with sizes of 1, several forms say the same.
    let step = |(_, of, name): &(&[usize], &[usize], &'static str)| {
        let (mut steps, mut step) = ([0; 4], 1);
        for (at, &size) in of.iter().zip(shape).rev() {
            if size > 1 {
                steps[*at] = step;
            }
            step *= size;
        }
        if name.starts_with("[batch * heads") && shape[0] > 1 {
            steps[1] = if h > 1 { steps[0] } else { 0 };
            steps[0] = if b > 1 { steps[0] * h } else { 0 };
        }
        (steps, *name)
    };
    let all: Vec<(Sizes, &'static str)> = fit.iter().map(|f| step(f)).collect();
    match all.as_slice() {
        [] => Err(format!(
            "shape {shape:?}: does not go with {b} x {h} x {nq} x {n} (batch, heads, queries, keys): \
             must be [keys], [queries, keys], [heads, queries, keys], [batch, heads, queries, keys], \
             each size as it is or 1, or [batch, keys] (--no-masks leaves it out)"
        )),
        [first, rest @ ..] if rest.iter().all(|(steps, _)| *steps == first.0) => Ok(*first),
        several => {
            let names: Vec<&str> = several.iter().map(|(_, name)| *name).collect();
            Err(format!(
                "shape {shape:?}: could be {} (write all four dimensions, 1 where it is broadcast)",
                names.join(" or ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps over 2 items, 3 heads, 4 queries and 5 keys.
    fn of(shape: &[usize]) -> Option<Sizes> {
        let found = steps(shape, [2, 3, 4, 5], Role::Attention);
        found.ok().map(|(steps, _)| steps)
    }

    #[test]
    fn shapes_are_broadcast_as_models_do() {
        assert_eq!(of(&[5]), Some([0, 0, 0, 1]));
        assert_eq!(of(&[1, 5]), Some([0, 0, 0, 1]));
        assert_eq!(of(&[4, 5]), Some([0, 0, 5, 1]));
        assert_eq!(of(&[2, 5]), Some([5, 0, 0, 1]));
        assert_eq!(of(&[3, 4, 5]), Some([0, 20, 5, 1]));
        assert_eq!(of(&[1, 4, 5]), Some([0, 0, 5, 1]));
        assert_eq!(of(&[3, 1, 5]), Some([0, 5, 0, 1]));
        assert_eq!(of(&[2, 4, 5]), Some([20, 0, 5, 1]));
        assert_eq!(of(&[2, 1, 5]), Some([5, 0, 0, 1]));
        assert_eq!(of(&[6, 4, 5]), Some([60, 20, 5, 1]));
        assert_eq!(of(&[2, 3, 4, 5]), Some([60, 20, 5, 1]));
        assert_eq!(of(&[2, 1, 4, 5]), Some([20, 0, 5, 1]));
        assert_eq!(of(&[2, 1, 1, 5]), Some([5, 0, 0, 1]));
        assert_eq!(of(&[1, 3, 4, 5]), Some([0, 20, 5, 1]));
        assert_eq!(of(&[1, 1, 1, 5]), Some([0, 0, 0, 1]));
        assert_eq!(of(&[1, 1, 4, 1]), Some([0, 0, 1, 0]));
        for bad in [
            &[6][..],
            &[3, 5],
            &[4, 4],
            &[5, 4],
            &[4, 4, 5],
            &[2, 3, 5, 5],
            &[1; 5],
        ] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_could_be_two_things_is_refused() {
        let said =
            |shape: &[usize], sizes, role| steps(shape, sizes, role).expect_err("is refused");
        assert_eq!(
            said(&[4, 5], [4, 3, 4, 5], Role::Attention),
            "shape [4, 5]: could be [queries, keys] or [batch, keys] (write all four dimensions, 1 \
             where it is broadcast)"
        );
        let said = said(&[2, 4, 5], [2, 2, 4, 5], Role::Attention);
        assert!(
            said.contains("[heads, queries, keys] or [batch, queries, keys]"),
            "{said}"
        );
        // A padding mask has no queries; without a batch, nothing is unclear.
        let found = steps(&[4, 5], [4, 3, 4, 5], Role::Padding).expect("is one");
        assert_eq!(found, ([5, 0, 0, 1], "[batch, keys]"));
        let found = steps(&[3, 4, 5], [1, 3, 4, 5], Role::Product).expect("is one");
        assert_eq!(found, ([0, 20, 5, 1], "[heads, queries, keys]"));
    }
}
