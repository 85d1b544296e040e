//! The name of a profile: it becomes a table in a file, a file name and a key in the operating
//! system's secret store, so it is kept to characters that are harmless in all three.

use std::fmt;

use super::SettingsError;

/// The longest profile name, in characters: names become file names, and some file systems end
/// at 143 bytes.
pub const LONGEST_PROFILE_NAME: usize = 64;

/// File names that Windows keeps for devices, whatever their ending.
const DEVICE_NAMES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A checked profile name: ASCII letters, digits, `-`, `_` and `.`, beginning with a letter or a
/// digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(String);

impl ProfileName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`SettingsError::BadProfileName`] with the reason.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        match complaint(text) {
            None => Ok(Self(text.to_owned())),
            Some(reason) => Err(SettingsError::BadProfileName {
                // A hostile name must not fill the screen or move the cursor.
                name: text
                    .chars()
                    .take(LONGEST_PROFILE_NAME)
                    .flat_map(char::escape_debug)
                    .collect(),
                reason,
            }),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn complaint(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.chars().count() > LONGEST_PROFILE_NAME {
        return Some("it is longer than 64 characters");
    }
    if !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Some("it must begin with a letter or a digit");
    }
    if !text.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.')) {
        return Some("only the letters a to z, digits, `-`, `_` and `.` are allowed");
    }
    let stem = text.split('.').next().unwrap_or(text);
    if DEVICE_NAMES.iter().any(|device| stem.eq_ignore_ascii_case(device)) {
        return Some("it is the name of a device on Windows");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_harmless_names() {
        for name in ["default", "prod", "eu-1", "a_b.c", "7", "Konsole", &"x".repeat(64)] {
            assert_eq!(ProfileName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_what_could_leave_the_folder_or_break_a_line() {
        let long = "x".repeat(65);
        for name in [
            "", ".", "..", "../etc", "a/b", "a\\b", "a b", "a\nb", "é", "-x", "con", "NUL.txt",
            &long,
        ] {
            assert!(ProfileName::parse(name).is_err(), "{name:?} was accepted");
        }
        let message = ProfileName::parse("a\u{1b}[2J").unwrap_err().to_string();
        assert!(!message.contains('\u{1b}'), "{message:?}");
    }
}
