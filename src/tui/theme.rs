//! Colours and signs. Colour is never the only sign: each style also differs by a modifier, a
//! word or a shape.
use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// None, or `NO_COLOR` is set: modifiers only.
    None,
    /// The terminal's own sixteen.
    #[default]
    Sixteen,
    /// 24 bits.
    True,
}

/// What things look like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Theme {
    /// How many colours there are.
    pub depth: Depth,
    /// Whether only ASCII characters can be shown.
    pub ascii: bool,
}

impl Theme {
    fn color(self, sixteen: Color, (red, green, blue): (u8, u8, u8)) -> Style {
        match self.depth {
            Depth::None => Style::new(),
            Depth::Sixteen => Style::new().fg(sixteen),
            Depth::True => Style::new().fg(Color::Rgb(red, green, blue)),
        }
    }

    pub(super) fn good(self) -> Style {
        self.color(Color::Green, (80, 170, 90)).add_modifier(Modifier::BOLD)
    }
    pub(super) fn warn(self) -> Style {
        self.color(Color::Yellow, (200, 150, 30)).add_modifier(Modifier::BOLD)
    }
    pub(super) fn bad(self) -> Style {
        self.color(Color::Red, (215, 75, 70)).add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }
    pub(super) fn accent(self) -> Style {
        self.color(Color::Cyan, (60, 150, 190))
    }
    pub(super) fn key(self) -> Style {
        self.color(Color::Blue, (90, 130, 220)).add_modifier(Modifier::BOLD)
    }
    pub(super) fn string(self) -> Style {
        self.color(Color::Green, (100, 160, 100))
    }
    pub(super) fn number(self) -> Style {
        self.color(Color::Magenta, (170, 110, 180))
    }
    pub(super) fn word(self) -> Style {
        self.color(Color::Yellow, (190, 140, 60)).add_modifier(Modifier::ITALIC)
    }
    #[expect(clippy::unused_self, reason = "called like the others; some themes may differ here")]
    pub(super) fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }
    #[expect(clippy::unused_self, reason = "called like the others; some themes may differ here")]
    pub(super) fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
    #[expect(clippy::unused_self, reason = "called like the others; some themes may differ here")]
    pub(super) fn title(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// `sign`, or `plain` where only ASCII can be shown.
    pub(super) fn sign(self, sign: &'static str, plain: &'static str) -> &'static str {
        if self.ascii { plain } else { sign }
    }
}
