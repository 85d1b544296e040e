//! Colours and signs. Colour is never the only sign: each style also differs by a modifier, a
//! word or a shape.
//!
//! Styles are asked for by what they mean; a theme says what that looks like, and the depth of the
//! terminal how near it comes. Must not know what is drawn.
use paints::{Paint, Paints};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

mod paints;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// None, or `NO_COLOR` is set: modifiers only.
    None,
    /// The terminal's own sixteen.
    #[default]
    Sixteen,
    /// The 256 of xterm: sixteen, a cube of 216 and 24 greys.
    Indexed,
    /// 24 bits.
    True,
}

/// The themes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    /// On the terminal's own ground, be it dark or light.
    #[default]
    Default,
    /// White on black, nothing dimmed; for weak eyes, projectors and sunlight.
    HighContrast,
    /// Told apart without red against green: blue, orange and vermilion.
    ColourBlind,
    /// Dark ink on a light ground of its own.
    Light,
}

impl ThemeName {
    /// Every theme, in the order in which a key goes through them.
    pub const ALL: [Self; 4] = [Self::Default, Self::HighContrast, Self::ColourBlind, Self::Light];

    /// Its name in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
            Self::Light => "light",
        }
    }

    /// The theme after this one; after the last the first.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|name| *name == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    fn paints(self) -> &'static Paints {
        match self {
            Self::Default => &paints::DEFAULT,
            Self::HighContrast => &paints::HIGH_CONTRAST,
            Self::ColourBlind => &paints::COLOUR_BLIND,
            Self::Light => &paints::LIGHT,
        }
    }
}

/// What things look like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Theme {
    /// Which theme.
    pub name: ThemeName,
    /// How many colours there are.
    pub depth: Depth,
    /// Whether only ASCII characters can be shown.
    pub ascii: bool,
}

impl Theme {
    fn color(self, paint: Paint) -> Option<Color> {
        match self.depth {
            Depth::None => None,
            Depth::Sixteen => Some(paint.sixteen),
            Depth::Indexed => Some(Color::Indexed(paint.indexed())),
            Depth::True => Some(paint.exact()),
        }
    }

    fn ink(self, paint: Paint) -> Style {
        self.color(paint).map_or(Style::new(), |color| Style::new().fg(color))
    }

    /// All is well.
    pub(super) fn good(self) -> Style {
        self.ink(self.name.paints().good).add_modifier(Modifier::BOLD)
    }
    /// To be looked at.
    pub(super) fn warn(self) -> Style {
        self.ink(self.name.paints().warn).add_modifier(Modifier::BOLD)
    }
    /// To be acted on.
    pub(super) fn bad(self) -> Style {
        self.ink(self.name.paints().bad).add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }
    pub(super) fn accent(self) -> Style {
        self.ink(self.name.paints().accent)
    }
    pub(super) fn key(self) -> Style {
        self.ink(self.name.paints().key).add_modifier(Modifier::BOLD)
    }
    pub(super) fn string(self) -> Style {
        self.ink(self.name.paints().string)
    }
    pub(super) fn number(self) -> Style {
        self.ink(self.name.paints().number)
    }
    pub(super) fn word(self) -> Style {
        self.ink(self.name.paints().word).add_modifier(Modifier::ITALIC)
    }
    /// What stands back. Where contrast is what matters, it is set in italics instead.
    pub(super) fn dim(self) -> Style {
        Style::new().add_modifier(match self.name {
            ThemeName::HighContrast => Modifier::ITALIC,
            _ => Modifier::DIM,
        })
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

    /// Lays the theme's own ground under what is drawn, where it has one. Last, because widgets that
    /// clear their place would leave holes in it.
    pub(super) fn lay_ground(self, buffer: &mut Buffer) {
        let Some((ink, ground)) = self.name.paints().ground else { return };
        let (Some(ink), Some(ground)) = (self.color(ink), self.color(ground)) else { return };
        for cell in &mut buffer.content {
            if cell.fg == Color::Reset {
                cell.set_fg(ink);
            }
            if cell.bg == Color::Reset {
                cell.set_bg(ground);
            }
        }
    }
}
