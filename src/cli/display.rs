//! How the screen shall look and which keys it takes: from flags, the terminal and the
//! configuration file, in this order.
use super::arguments::{Colors, DisplayArguments};
use super::connect;
use super::problem::Problem;
use crate::domain::difference::NOISE;
use crate::settings::SettingsError;
use crate::settings::file::{
    self, Choice, Complaint, Config, KeySettings, NotifySettings, Symbols,
};
use crate::tui::{Begin, Depth, Keymap, KeymapFault, Theme, ThemeName, ViewOptions};
use jiff::tz::TimeZone;
use std::path::Path;
use std::time::Duration;

/// How things shall look. `config` is empty where no configuration is read.
pub(super) fn view_options(display: &DisplayArguments, config: &Config) -> ViewOptions {
    let file = &config.display;
    // a locale that names another character set can't show what isn't ASCII
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let plain = locale.is_some_and(|value| value == "C" || value == "POSIX");
    let theme = Theme {
        name: theme_name(display.theme.or(file.theme).unwrap_or_default()),
        depth: depth(display.colors, file.colors),
        ascii: display.ascii || file.symbols == Some(Symbols::Ascii) || plain,
    };
    ViewOptions {
        theme,
        unmasked: display.unmasked || file.mask == Some(false),
        zone: if display.utc { TimeZone::UTC } else { TimeZone::system() },
        mouse: !display.no_mouse && file.mouse != Some(false),
        wall_turn: display
            .wall_seconds
            .or(file.wall_seconds)
            .map_or(ViewOptions::default().wall_turn, Duration::from_secs),
        noise: file.noise.clone().unwrap_or_else(|| NOISE.map(str::to_owned).into()),
        begin: if display.wall { Begin::Wall } else { Begin::Live },
        rules: config.rules(),
        quiet: config.quiet_hours(),
        ..ViewOptions::default()
    }
}

/// How a person wants the screen, for what isn't live: the alerts of the file don't ring.
pub(super) fn of_person(shown: &DisplayArguments) -> Result<ViewOptions, Problem> {
    let config = connect::config()?;
    let keymap = keymap(&config.keys, &connect::places()?.config_file())?;
    Ok(ViewOptions { keymap, rules: Vec::new(), ..view_options(shown, &config) })
}

/// How a person wants the demo, and how it rings: as the file says, as far as it can be read. A demo
/// must work whatever state the configuration is in: what can't be used is said, and left out.
pub(super) fn of_demo(shown: &DisplayArguments) -> (ViewOptions, NotifySettings) {
    let read = connect::config().and_then(|config| {
        let keymap = keymap(&config.keys, &connect::places()?.config_file())?;
        Ok((config, keymap))
    });
    match read {
        // a command could page somebody because of people who don't exist
        Ok((config, keymap)) => (
            ViewOptions { keymap, ..view_options(shown, &config) },
            NotifySettings { command: Vec::new(), ..config.notify },
        ),
        Err(problem) => {
            problem.say();
            let first = problem.what().lines().next().unwrap_or_default();
            let more = match problem.what().lines().count() {
                0 | 1 => String::new(),
                lines => format!("{lines} mistakes, the first: "),
            };
            let notice = format!("the demo goes on without your configuration: {more}{first}");
            let options = ViewOptions { notice, ..view_options(shown, &Config::default()) };
            (options, NotifySettings::default())
        }
    }
}

/// What the flag says, or the file, or else what the terminal says it can.
fn depth(flag: Colors, file: Option<file::Colors>) -> Depth {
    match flag {
        Colors::None => Depth::None,
        Colors::Truecolor => Depth::True,
        Colors::Indexed => Depth::Indexed,
        Colors::Sixteen => Depth::Sixteen,
        // the variable stands for every program and for the day: more than a file of one of them
        Colors::Auto if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => {
            Depth::None
        }
        Colors::Auto => match file.unwrap_or_default() {
            file::Colors::None => Depth::None,
            file::Colors::TrueColor => Depth::True,
            file::Colors::Indexed => Depth::Indexed,
            file::Colors::Sixteen => Depth::Sixteen,
            file::Colors::Auto => depth_of_terminal(),
        },
    }
}

fn depth_of_terminal() -> Depth {
    let says = |name: &str, part: &str| {
        std::env::var(name).is_ok_and(|value| value.to_lowercase().contains(part))
    };
    if says("TERM", "dumb") {
        Depth::None
    } else if says("COLORTERM", "truecolor") || says("COLORTERM", "24bit") {
        Depth::True
    } else if says("TERM", "256color") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

fn theme_name(theme: file::Theme) -> ThemeName {
    match theme {
        file::Theme::Default => ThemeName::Default,
        file::Theme::HighContrast => ThemeName::HighContrast,
        file::Theme::ColourBlind => ThemeName::ColourBlind,
        file::Theme::Light => ThemeName::Light,
    }
}

/// Reads a theme's name.
pub(super) fn theme(text: &str) -> Result<file::Theme, String> {
    let known = || file::Theme::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    let found = file::Theme::WORDS.iter().find(|(word, _)| *word == text);
    found.map(|(_, theme)| *theme).ok_or_else(|| format!("the themes are {}", known()))
}

/// The keys that the file binds anew. Everything that is wrong with them is told at once.
pub(super) fn keymap(bindings: &[KeySettings], path: &Path) -> Result<Keymap, Problem> {
    let (keymap, complaints) = bound(bindings);
    if complaints.is_empty() {
        return Ok(keymap);
    }
    Err(SettingsError::Config { path: path.to_owned(), complaints }.into())
}

/// The keys, and what is wrong with them in the order of the file.
pub(super) fn bound(bindings: &[KeySettings]) -> (Keymap, Vec<Complaint>) {
    let mut keymap = Keymap::default();
    let mut complaints = Vec::new();
    for binding in bindings {
        let keys: Vec<&str> = binding.keys.iter().map(String::as_str).collect();
        if let Err(fault) = keymap.bind(&binding.action, &keys) {
            complaints.push(binding.complaint(fault.to_string()));
        }
    }
    for fault in keymap.conflicts() {
        let KeymapFault::Conflict { first, second, .. } = &fault else { continue };
        // the one that comes later in the file made it so
        let made =
            bindings.iter().rev().find(|binding| [*first, *second].contains(&&*binding.action));
        complaints.extend(made.map(|binding| binding.complaint(fault.to_string())));
    }
    complaints.sort_by_key(|complaint| (complaint.line, complaint.column));
    (keymap, complaints)
}

#[cfg(test)]
mod tests {
    use super::{DisplayArguments, keymap, theme, theme_name, view_options};
    use crate::settings::file::{Config, ConfigFile, CredentialPlace, Grant, Theme, template};
    use crate::tui::ThemeName;
    use std::path::Path;

    fn told(text: &str) -> String {
        let path = Path::new("/c/config.toml");
        let file = ConfigFile::from_text(path, text).unwrap();
        keymap(&file.config().keys, path)
            .map_or_else(|problem| problem.to_string(), |_| String::new())
    }

    /// The commented file with all its examples taken in: the lines that set something.
    fn commented_file() -> Config {
        let sets = |line: &&str| line.starts_with('[') || line.contains(" = ");
        let lines: Vec<&str> =
            template().lines().filter_map(|line| line.strip_prefix("# ")).filter(sets).collect();
        ConfigFile::from_text(Path::new("/c/config.toml"), &lines.join("\n"))
            .unwrap()
            .config()
            .clone()
    }

    #[test]
    fn the_commented_file_is_right_and_shows_what_holds_without_it() {
        let shown = commented_file();
        let none = Config::default();
        // where each value is the default, it is so by what the program makes of it
        let seen = |config: &Config| {
            let options = view_options(&DisplayArguments::default(), config);
            let theme = options.theme;
            let colours = config.display.colors.unwrap_or_default();
            (theme.name, colours, theme.ascii, options.unmasked, options.mouse, options.wall_turn)
        };
        assert_eq!(seen(&shown), seen(&none));
        assert_eq!(
            view_options(&DisplayArguments::default(), &shown).noise,
            view_options(&DisplayArguments::default(), &none).noise
        );
        assert_eq!(shown.notify.rings_bell(), none.notify.rings_bell());
        assert_eq!(shown.notify.terminal, Some(none.notify.terminal.unwrap_or_default()));
        let profile = &shown.profiles["acme"];
        assert_eq!(profile.grant, Some(Grant::default()));
        assert_eq!(profile.credentials, Some(CredentialPlace::default()));
        // and none of them is left out
        let display = &shown.display;
        assert!(display.mask.is_some() && display.theme.is_some() && display.mouse.is_some());
        assert!(display.wall_seconds.is_some() && display.noise.is_some());
        assert!(display.colors.is_some() && display.symbols.is_some());
        assert!(shown.notify.bell.is_some());
    }

    #[test]
    fn keys_are_bound_by_names_with_and_without_quotes() {
        for text in [
            "[keys]\n\"queues.sort\" = [\"v\", \"f2\"]",
            "[keys]\nqueues.sort = \"v\"",
            "[keys.queues]\nsort = \"v\"",
            // taken off one, given to another
            "[keys]\n\"view.freeze\" = []\n\"queues.sort\" = \"space\"",
        ] {
            assert_eq!(told(text), "", "{text}");
        }
    }

    #[test]
    fn all_that_is_wrong_with_keys_is_told_at_once_with_its_line() {
        let told = told(
            "[keys]\n\"queues.srt\" = \"x\"\nview.freeze = \"q\"\nview.mask = [\"hyper-x\"]\n\"queues.sort\" = \"S\"\n",
        );
        for expected in [
            "config.toml:2:1: `keys.queues.srt`: there is no action \"queues.srt\"; did you mean \"queues.sort\"?",
            "config.toml:3:",
            "q would do both program.quit and view.freeze",
            "config.toml:4:",
            "\"hyper-x\" is no key",
            "config.toml:5:",
            "S would do both queues.sort and queues.reverse",
        ] {
            assert!(told.contains(expected), "no {expected:?} in\n{told}");
        }
    }

    #[test]
    fn every_theme_of_the_screen_has_a_name_in_the_file() {
        for name in ThemeName::ALL {
            assert_eq!(theme(name.word()).map(theme_name), Ok(name));
        }
        assert!(theme("dark").is_err_and(|error| error.contains("high-contrast")));
        assert_eq!(theme("default"), Ok(Theme::Default));
    }
}
