//! Page boxes, rotation, and the conversion between user space (any origin, y upwards) and displayed
//! coordinates (origin top left, y downwards, after `/Rotate`), which the contract uses.

/// A transformation `[a b c d e f]` as in ISO 32000-2, 8.3.3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix(pub [f64; 6]);

impl Matrix {
    /// The identity.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// A translation.
    pub fn translate(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// The same scale in both directions.
    pub fn scale(factor: f64) -> Self {
        Self([factor, 0.0, 0.0, factor, 0.0, 0.0])
    }

    /// First `self`, then `next`.
    pub fn then(self, next: Self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let [na, nb, nc, nd, ne, nf] = next.0;
        Self([
            a * na + b * nc,
            a * nb + b * nd,
            c * na + d * nc,
            c * nb + d * nd,
            e * na + f * nc + ne,
            e * nb + f * nd + nf,
        ])
    }

    /// Transforms a point.
    pub fn apply(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }
}

/// A normalized rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub left: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge.
    pub top: f64,
}

impl Rect {
    /// From two opposite corners in any order; `None` if it has no area.
    pub fn from_corners(values: &[f64]) -> Option<Self> {
        let &[x0, y0, x1, y1] = values else { return None };
        let rect =
            Self { left: x0.min(x1), bottom: y0.min(y1), right: x0.max(x1), top: y0.max(y1) };
        rect.has_area().then_some(rect)
    }

    fn has_area(&self) -> bool {
        let (width, height) = (self.width(), self.height());
        width > 0.0 && height > 0.0 && width.is_finite() && height.is_finite()
    }

    /// The intersection; `None` if it has no area.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let rect = Self {
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.min(other.right),
            top: self.top.min(other.top),
        };
        rect.has_area().then_some(rect)
    }

    /// Width.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Height.
    pub fn height(&self) -> f64 {
        self.top - self.bottom
    }
}

/// Visible box, rotation and unit of a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageView {
    visible: Rect,
    /// Clockwise quarter turns, 0 to 3.
    turns: u8,
    /// Points per unit of user space.
    unit: f64,
}

impl PageView {
    /// `rotate` is the page's `/Rotate` in degrees; values other than quarter turns are ignored.
    pub fn new(visible: Rect, rotate: i64) -> Self {
        let turns = match rotate.rem_euclid(360) {
            90 => 1,
            180 => 2,
            270 => 3,
            _ => 0,
        };
        Self { visible, turns, unit: 1.0 }
    }

    /// With the page's `/UserUnit`, in points; 1 by default. It is ignored if the page would be larger
    /// than numbers can express.
    #[must_use]
    pub fn with_unit(self, unit: f64) -> Self {
        let view = Self { unit, ..self };
        let (width, height) = view.size();
        if width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0 {
            view
        } else {
            self
        }
    }

    /// Width and height as displayed, in points.
    pub fn size(&self) -> (f64, f64) {
        let (width, height) = (self.visible.width() * self.unit, self.visible.height() * self.unit);
        if self.turns.is_multiple_of(2) { (width, height) } else { (height, width) }
    }

    /// Visible part of the page, in user space.
    pub fn visible(&self) -> Rect {
        self.visible
    }

    /// Clockwise rotation of the page as displayed, in degrees: 0, 90, 180 or 270.
    pub fn rotation(&self) -> u16 {
        u16::from(self.turns) * 90
    }

    /// From user space to displayed coordinates.
    pub fn to_display(self) -> Matrix {
        let Rect { left, bottom, right, top } = self.visible;
        let turned = Matrix(match self.turns {
            1 => [0.0, 1.0, 1.0, 0.0, -bottom, -left],
            2 => [-1.0, 0.0, 0.0, 1.0, right, -bottom],
            3 => [0.0, -1.0, -1.0, 0.0, top, right],
            _ => [1.0, 0.0, 0.0, -1.0, -left, top],
        });
        turned.then(Matrix::scale(self.unit))
    }

    /// From displayed coordinates to user space.
    fn to_page(self) -> Matrix {
        let Rect { left, bottom, right, top } = self.visible;
        let turned = Matrix(match self.turns {
            1 => [0.0, 1.0, 1.0, 0.0, left, bottom],
            2 => [-1.0, 0.0, 0.0, 1.0, right, bottom],
            3 => [0.0, -1.0, -1.0, 0.0, right, top],
            _ => [1.0, 0.0, 0.0, -1.0, left, top],
        });
        Matrix::scale(1.0 / self.unit).then(turned)
    }

    /// The `/Rect` of a displayed rectangle with its top left corner at `x`, `y`.
    pub fn rect_on_page(self, x: f64, y: f64, width: f64, height: f64) -> [f64; 4] {
        let matrix = self.to_page();
        let (x0, y0) = matrix.apply(x, y);
        let (x1, y1) = matrix.apply(x + width, y + height);
        [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)]
    }

    /// The `/Matrix` of an appearance that is upright on the displayed page. Viewers then move and
    /// scale it into the `/Rect`.
    pub fn upright(self) -> Matrix {
        Matrix(match self.turns {
            1 => [0.0, 1.0, -1.0, 0.0, 0.0, 0.0],
            2 => [-1.0, 0.0, 0.0, -1.0, 0.0, 0.0],
            3 => [0.0, -1.0, 1.0, 0.0, 0.0, 0.0],
            _ => Matrix::IDENTITY.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_and_page_coordinates_are_inverse() {
        let visible = Rect::from_corners(&[-10.0, 30.0, 190.0, 330.0]).unwrap();
        for rotate in [0, 90, 180, 270, -90, 450, 45] {
            for unit in [1.0, 8.0, 0.25] {
                let view = PageView::new(visible, rotate).with_unit(unit);
                for (x, y) in [(0.0, 0.0), (17.0, 4.0)] {
                    let there = view.to_page().apply(x, y);
                    assert_eq!(view.to_display().apply(there.0, there.1), (x, y), "{rotate}");
                }
                let (width, height) = view.size();
                assert_eq!(width * height, 200.0 * 300.0 * unit * unit, "{rotate}");
                let whole = view.rect_on_page(0.0, 0.0, width, height);
                assert_eq!(whole, [-10.0, 30.0, 190.0, 330.0], "{rotate}");
            }
        }
    }
}
