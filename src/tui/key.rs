//! Keys as the table of actions names them: a code with or without Ctrl, and how it is written.
//!
//! Must not know what a key does.
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// One key, as a person presses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    ctrl: bool,
}

impl Key {
    /// A key alone. Shift is part of the character.
    #[must_use]
    pub const fn of(code: KeyCode) -> Self {
        Self { code, ctrl: false }
    }

    /// A character.
    #[must_use]
    pub const fn char(character: char) -> Self {
        Self::of(KeyCode::Char(character))
    }

    /// A character with Ctrl.
    #[must_use]
    pub const fn ctrl(character: char) -> Self {
        Self { code: KeyCode::Char(character), ctrl: true }
    }

    /// The key of a terminal's event. Other modifiers than Ctrl are left out: terminals differ in
    /// whether they tell them.
    #[must_use]
    pub fn pressed(event: KeyEvent) -> Self {
        Self { code: event.code, ctrl: event.modifiers.contains(KeyModifiers::CONTROL) }
    }

    /// The key that `text` names, as [`Key`] is written: `q`, `ctrl-p`, `page down`, `space`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let lowered = text.to_ascii_lowercase();
        let with_ctrl = lowered.strip_prefix("ctrl-").or(lowered.strip_prefix("ctrl+"));
        if let Some(rest) = with_ctrl {
            let mut characters = rest.chars();
            return match (characters.next(), characters.next()) {
                (Some(character), None) => Some(Self::ctrl(character)),
                _ => None,
            };
        }
        let named = NAMES.iter().find(|(_, name)| lowered == *name || text == *name);
        if let Some((code, _)) = named {
            return Some(Self::of(*code));
        }
        if let Some(number) = lowered.strip_prefix('f').and_then(|rest| rest.parse().ok()) {
            return (1..=12).contains(&number).then_some(Self::of(KeyCode::F(number)));
        }
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) if !character.is_control() => Some(Self::char(character)),
            _ => None,
        }
    }
}

/// Keys that aren't written as their character.
const NAMES: [(KeyCode, &str); 20] = [
    (KeyCode::Char(' '), "space"),
    (KeyCode::Enter, "enter"),
    (KeyCode::Esc, "esc"),
    (KeyCode::Tab, "tab"),
    (KeyCode::BackTab, "shift-tab"),
    (KeyCode::Up, "↑"),
    (KeyCode::Down, "↓"),
    (KeyCode::Left, "←"),
    (KeyCode::Right, "→"),
    (KeyCode::PageUp, "page up"),
    (KeyCode::PageDown, "page down"),
    (KeyCode::Home, "home"),
    (KeyCode::End, "end"),
    (KeyCode::Backspace, "backspace"),
    (KeyCode::Delete, "delete"),
    (KeyCode::Insert, "insert"),
    // what people write into a file; the arrows above are what is shown
    (KeyCode::Up, "up"),
    (KeyCode::Down, "down"),
    (KeyCode::Left, "left"),
    (KeyCode::Right, "right"),
];

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            formatter.write_str("ctrl-")?;
        }
        if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == self.code) {
            return formatter.write_str(name);
        }
        match self.code {
            KeyCode::Char(character) => write!(formatter, "{character}"),
            KeyCode::F(number) => write!(formatter, "f{number}"),
            other => write!(formatter, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;
    use crossterm::event::KeyCode;

    #[test]
    fn what_is_written_is_read() {
        for key in [
            Key::char('q'),
            Key::char('G'),
            Key::char(' '),
            Key::ctrl('p'),
            Key::of(KeyCode::Up),
            Key::of(KeyCode::PageDown),
            Key::of(KeyCode::F(5)),
        ] {
            assert_eq!(Key::parse(&key.to_string()), Some(key));
        }
        assert_eq!(Key::parse("down"), Some(Key::of(KeyCode::Down)));
        for text in ["", "ctrl-", "qq", "f13", "\u{1b}"] {
            assert_eq!(Key::parse(text), None, "{text:?}");
        }
    }
}
