// SPDX-License-Identifier: MIT OR Apache-2.0
//! A matrix in row-major order.

/// A matrix of `rows` times `cols` elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix<T = i64> {
    rows: u32,
    cols: u32,
    data: Vec<T>,
}

impl<T: Copy> Matrix<T> {
    /// Wraps row-major elements; `None` unless there are `rows * cols` of them.
    pub fn new(rows: u32, cols: u32, data: Vec<T>) -> Option<Self> {
        (data.len() as u64 == u64::from(rows) * u64::from(cols)).then_some(Self {
            rows,
            cols,
            data,
        })
    }

    /// Computes each element from its row and column.
    pub fn from_fn(rows: u32, cols: u32, mut f: impl FnMut(u32, u32) -> T) -> Self {
        let mut data = Vec::with_capacity(rows as usize * cols as usize);
        for r in 0..rows {
            for c in 0..cols {
                data.push(f(r, c));
            }
        }
        Self { rows, cols, data }
    }

    /// Returns the rows.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Returns the columns.
    pub fn cols(&self) -> u32 {
        self.cols
    }

    /// Returns the elements, row-major.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// Returns one row.
    pub fn row(&self, r: u32) -> &[T] {
        let n = self.cols as usize;
        &self.data[r as usize * n..][..n]
    }

    /// Returns the element at `(r, c)`.
    pub fn at(&self, r: u32, c: u32) -> T {
        self.row(r)[c as usize]
    }

    /// Returns the place of the element at `(r, c)`.
    pub fn at_mut(&mut self, r: u32, c: u32) -> &mut T {
        let n = self.cols as usize;
        &mut self.data[r as usize * n + c as usize]
    }

    /// Returns the matrix with rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.cols, self.rows, |r, c| self.at(c, r))
    }

    /// Converts each element.
    pub fn map<U: Copy>(&self, f: impl FnMut(T) -> U) -> Matrix<U> {
        Matrix {
            rows: self.rows,
            cols: self.cols,
            data: self.data.iter().copied().map(f).collect(),
        }
    }
}

impl Matrix<i64> {
    /// Returns `self * other^T`, the plain product: `self` is T by K, `other` is O by K.
    ///
    /// # Panics
    /// If the inner dimensions differ.
    #[must_use]
    pub fn product(&self, other: &Self) -> Self {
        assert_eq!(self.cols, other.cols, "inner dimensions");
        Self::from_fn(self.rows, other.rows, |t, o| {
            let pairs = self.row(t).iter().zip(other.row(o));
            pairs.map(|(x, w)| x * w).sum()
        })
    }

    /// Returns the elements where `mask` is set, 0 elsewhere.
    ///
    /// # Panics
    /// If the shapes differ.
    #[must_use]
    pub fn masked(&self, mask: &Matrix<bool>) -> Self {
        assert_eq!((self.rows, self.cols), (mask.rows, mask.cols), "shapes");
        Self::from_fn(self.rows, self.cols, |r, c| {
            if mask.at(r, c) { self.at(r, c) } else { 0 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_that_of_the_book() {
        let x = Matrix::new(2, 3, vec![1, 2, 3, -1, 0, 4]).expect("fits");
        let w = Matrix::new(2, 3, vec![5, 0, -1, 2, 2, 2]).expect("fits");
        assert_eq!(x.product(&w).data(), [2, 12, -9, 6]);
        assert!(Matrix::new(2, 2, vec![0; 3]).is_none());
        let turned = Matrix::new(3, 2, vec![1, -1, 2, 0, 3, 4]).expect("fits");
        assert_eq!(x.transposed(), turned);
    }
}
