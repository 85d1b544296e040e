//! `gcwatch completions`: what clap writes for a shell, mended where it leaves a person without a proposal.
//!
//! Rejected: completions that ask the program at each key (`clap_complete`'s engine). It is unstable, and
//! slower than a shell's own table.
use super::examples;
use crate::simulator::service::Scenario;
use clap_complete::Shell;

/// How clap's functions for fish look for the subcommand: an option that still waits for its value is a
/// mistake to them, and nothing is proposed for it.
const FISH_PARSES: &str =
    "    argparse -s (__fish_gcwatch_global_optspecs) -- $cmd 2>/dev/null\n    or return\n";
/// The same without the option whose value is being typed.
const FISH_PARSES_ALL: &str = "    argparse -s (__fish_gcwatch_global_optspecs) -- $cmd 2>/dev/null
    # the value of the last option is being typed
    or set -e cmd[-1]
    argparse -s (__fish_gcwatch_global_optspecs) -- $cmd 2>/dev/null
    or return
";

/// The completions for a shell.
pub(super) fn of(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut examples::program(), "gcwatch", &mut text);
    let text = String::from_utf8_lossy(&text);
    // clap proposes either names or files, and a scenario may be both
    let names: Vec<&str> = Scenario::all_shipped().map(|(name, _)| name).collect();
    let names = names.join(" ");
    match shell {
        Shell::Bash => {
            let of_names = format!(r#"compgen -W "{names}" -- "${{cur}}")"#);
            text.replace(&of_names, &format!(r#"{of_names} $(compgen -f -- "${{cur}}")"#))
        }
        Shell::Zsh => {
            text.replace(&format!(":({names})'"), &format!(":{{compadd {names}; _files}}'"))
        }
        Shell::Fish => {
            let lines = text.lines().map(|line| {
                let is_of_scenarios = line.contains(" -l scenario ");
                if is_of_scenarios {
                    line.replace(" -r -f -a ", " -r -F -a ")
                } else {
                    line.to_owned()
                }
            });
            let text: Vec<String> = lines.collect();
            (text.join("\n") + "\n").replace(FISH_PARSES, FISH_PARSES_ALL)
        }
        _ => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FISH_PARSES_ALL, Shell, of};

    #[test]
    fn a_scenario_is_completed_by_name_and_as_a_file_in_both_commands() {
        for (shell, mended) in [
            (Shell::Bash, r#" unauthorized" -- "${cur}") $(compgen -f -- "${cur}"))"#),
            (Shell::Zsh, ":NAME|FILE:{compadd captive_portal "),
            (Shell::Fish, r#" -r -F -a "captive_portal\t"#),
        ] {
            let text = of(shell);
            assert_eq!(text.matches(mended).count(), 2, "{shell}");
        }
    }

    #[test]
    fn fish_looks_for_the_subcommand_without_the_option_that_waits_for_its_value() {
        let text = of(Shell::Fish);
        assert_eq!(text.matches(FISH_PARSES_ALL).count(), 1, "{text}");
        assert_eq!(
            text.matches("__fish_gcwatch_global_optspecs) --").count(),
            2,
            "nothing else parses"
        );
    }
}
