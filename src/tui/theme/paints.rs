//! What each theme's colours are, for every depth of colour.
use ratatui::style::Color;

/// One colour as it is meant, and which of the terminal's sixteen stands for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub(super) sixteen: Color,
    rgb: [u8; 3],
}

const fn paint(sixteen: Color, red: u8, green: u8, blue: u8) -> Paint {
    Paint { sixteen, rgb: [red, green, blue] }
}

/// The colours of a theme by what they mean.
#[derive(Debug)]
pub(super) struct Paints {
    pub(super) good: Paint,
    pub(super) warn: Paint,
    pub(super) bad: Paint,
    pub(super) accent: Paint,
    pub(super) key: Paint,
    pub(super) string: Paint,
    pub(super) number: Paint,
    pub(super) word: Paint,
    /// Ink and ground of its own; without them the terminal's.
    pub(super) ground: Option<(Paint, Paint)>,
}

/// Of middle lightness, so that all can be read on dark and on light grounds.
pub(super) static DEFAULT: Paints = Paints {
    good: paint(Color::Green, 80, 170, 90),
    warn: paint(Color::Yellow, 200, 150, 30),
    bad: paint(Color::Red, 215, 75, 70),
    accent: paint(Color::Cyan, 60, 150, 190),
    key: paint(Color::Blue, 90, 130, 220),
    string: paint(Color::Green, 100, 160, 100),
    number: paint(Color::Magenta, 170, 110, 180),
    word: paint(Color::Yellow, 190, 140, 60),
    ground: None,
};

/// Every ink at least seven times as light as the ground (WCAG 2.2, level AAA).
pub(super) static HIGH_CONTRAST: Paints = Paints {
    good: paint(Color::LightGreen, 110, 255, 110),
    warn: paint(Color::LightYellow, 255, 255, 80),
    bad: paint(Color::LightRed, 255, 140, 140),
    accent: paint(Color::LightCyan, 100, 240, 255),
    key: paint(Color::LightCyan, 140, 210, 255),
    string: paint(Color::LightGreen, 150, 255, 150),
    number: paint(Color::LightMagenta, 255, 170, 255),
    word: paint(Color::LightYellow, 255, 230, 120),
    ground: Some((paint(Color::White, 255, 255, 255), paint(Color::Black, 0, 0, 0))),
};

/// Blue, orange and vermilion of Okabe and Ito (jfly.uni-koeln.de/color), which stay apart without
/// one of the three kinds of cones.
pub(super) static COLOUR_BLIND: Paints = Paints {
    good: paint(Color::Cyan, 86, 180, 233),
    warn: paint(Color::Yellow, 230, 159, 0),
    bad: paint(Color::Red, 213, 94, 0),
    accent: paint(Color::Blue, 0, 114, 178),
    key: paint(Color::Blue, 86, 180, 233),
    string: paint(Color::Cyan, 0, 158, 115),
    number: paint(Color::Magenta, 204, 121, 167),
    word: paint(Color::Yellow, 230, 159, 0),
    ground: None,
};

/// Every ink at least 4.5 times as dark as the ground (WCAG 2.2, level AA).
pub(super) static LIGHT: Paints = Paints {
    good: paint(Color::Green, 0, 95, 0),
    warn: paint(Color::Yellow, 135, 75, 0),
    bad: paint(Color::Red, 175, 0, 0),
    accent: paint(Color::Blue, 0, 95, 135),
    key: paint(Color::Blue, 0, 0, 175),
    string: paint(Color::Green, 0, 95, 0),
    number: paint(Color::Magenta, 135, 0, 135),
    word: paint(Color::Red, 135, 75, 0),
    ground: Some((paint(Color::Black, 30, 30, 30), paint(Color::White, 250, 250, 246))),
};

impl Paint {
    /// The colour itself.
    pub(super) fn exact(self) -> Color {
        let [red, green, blue] = self.rgb;
        Color::Rgb(red, green, blue)
    }

    /// The nearest of xterm's 256: of the cube from 16 or of the greys from 232. The first sixteen
    /// are left out, since every terminal paints them as it likes.
    pub(super) fn indexed(self) -> u8 {
        const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let nearest = |part: u8| {
            let levels = (0_u8..).zip(LEVELS);
            levels.min_by_key(|(_, level)| level.abs_diff(part)).unwrap_or_default()
        };
        let [red, green, blue] = self.rgb.map(nearest);
        let in_cube = [red.1, green.1, blue.1];
        let mean = self.rgb.iter().map(|part| u16::from(*part)).sum::<u16>() / 3;
        let step = u8::try_from(mean.saturating_sub(3) / 10).unwrap_or(23).min(23);
        if self.distance([8 + 10 * step; 3]) < self.distance(in_cube) {
            return 232 + step;
        }
        16 + 36 * red.0 + 6 * green.0 + blue.0
    }

    /// Sum of squares: good enough between neighbours.
    fn distance(self, other: [u8; 3]) -> u32 {
        let squares =
            self.rgb.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2));
        squares.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{COLOUR_BLIND, DEFAULT, HIGH_CONTRAST, LIGHT, Paint, Paints, paint};
    use ratatui::style::Color;

    /// Without colour in the sense of physics: what each part adds to the light.
    fn linear(paint: Paint) -> [f64; 3] {
        paint.rgb.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn luminance([red, green, blue]: [f64; 3]) -> f64 {
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: Paint, other: Paint) -> f64 {
        let (one, other) = (luminance(linear(one)), luminance(linear(other)));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn inks(paints: &Paints) -> [Paint; 8] {
        let Paints { good, warn, bad, accent, key, string, number, word, .. } = *paints;
        [good, warn, bad, accent, key, string, number, word]
    }

    #[test]
    fn what_paints_its_own_ground_can_be_read_on_it() {
        for (paints, least) in [(&HIGH_CONTRAST, 7.0), (&LIGHT, 4.5)] {
            let (ink, ground) = paints.ground.unwrap();
            for ink in inks(paints).into_iter().chain([ink]) {
                let contrast = contrast(ink, ground);
                assert!(contrast >= least, "{ink:?} has {contrast:.1} on {ground:?}");
            }
        }
        // on a ground that isn't ours: legible on black and on white alike
        for ink in inks(&DEFAULT) {
            for ground in [paint(Color::Black, 0, 0, 0), paint(Color::White, 255, 255, 255)] {
                assert!(contrast(ink, ground) >= 2.4, "{ink:?} on {ground:?}");
            }
        }
    }

    /// Viénot, Brettel and Mollon (1999): how the colours look without red or without green cones.
    #[test]
    fn good_warning_and_bad_stay_apart_for_the_colour_blind() {
        const PROTAN: [[f64; 3]; 3] =
            [[0.112, 0.888, 0.0], [0.112, 0.888, 0.0], [0.004, -0.004, 1.0]];
        const DEUTAN: [[f64; 3]; 3] =
            [[0.293, 0.707, 0.0], [0.293, 0.707, 0.0], [-0.022, 0.022, 1.0]];
        let seen = |kind: [[f64; 3]; 3], paint: Paint| {
            let parts = linear(paint);
            kind.map(|row| row.iter().zip(parts).map(|(factor, part)| factor * part).sum::<f64>())
        };
        let apart = |kind, one: Paint, other: Paint| {
            let pairs = seen(kind, one).into_iter().zip(seen(kind, other));
            pairs.map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
        };
        let Paints { good, warn, bad, .. } = COLOUR_BLIND;
        for kind in [PROTAN, DEUTAN] {
            for (one, other) in [(good, warn), (warn, bad), (bad, good)] {
                let apart = apart(kind, one, other);
                assert!(apart > 0.2, "{one:?} and {other:?}: {apart:.2}");
            }
        }
    }

    #[test]
    fn the_nearest_of_256_is_found() {
        for (rgb, index) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([95, 135, 175], 67),
            ([128, 128, 128], 244),
            ([215, 75, 70], 167),
        ] {
            assert_eq!(Paint { sixteen: Color::Reset, rgb }.indexed(), index, "{rgb:?}");
        }
    }
}
