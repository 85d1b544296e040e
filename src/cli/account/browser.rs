//! `login --pkce`: a person logs in with the browser, here or on another computer.
//!
//! The answer comes in one of two ways, whichever is first: the browser comes back to a loopback
//! address of this computer, or the person pastes the address that the browser ended at. The
//! second always works, over SSH and in containers too.
use super::login::{shown, some_of, tell_queues};
use super::terms::Terms;
use super::{KeptLogin, place_of, ready_store, say};
use crate::cli::arguments::LoginArguments;
use crate::cli::connect::USER_AGENT;
use crate::cli::problem::{Exit, Problem};
use crate::cli::simulated::runtime;
use crate::cloud::{
    AnswerError, BrowserLogin, Code, Credentials, Loopback, Page, Redirect, ServiceClient,
    UserLogin, UserTokens,
};
use crate::domain::session::{Failure, FailureKind};
use crate::settings::ProfileName;
use crate::settings::file::Grant;
use crate::settings::secrets::login_account;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest line that is read from a person, in bytes: an address with a code has some 200.
const MAX_PASTE: u64 = 8 << 10;
/// Lines that wait to be looked at.
const MAX_WAITING_LINES: usize = 4;
/// Codes that are tried: whoever pastes five wrong ones has a problem that a sixth won't solve.
const MAX_TRIES: u32 = 5;

/// How the answer shall come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// A browser opens on this computer.
    OpenBrowser,
    /// The person opens the address elsewhere and pastes what comes back.
    Paste,
}

/// Which way suits, by what the environment says. `BROWSER` is believed even over SSH: editors
/// that work remotely set it to a helper that opens the browser where the person sits.
fn way(no_browser: bool, is_set: impl Fn(&str) -> bool) -> Way {
    let remote = is_set("SSH_CONNECTION") || is_set("SSH_TTY");
    // elsewhere a desktop is always there, and WSL has that of Windows
    let needs_display = cfg!(all(unix, not(target_os = "macos"))) && !is_set("WSL_DISTRO_NAME");
    let display = is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    if no_browser {
        Way::Paste
    } else if is_set("BROWSER") || (!remote && (display || !needs_display)) {
        Way::OpenBrowser
    } else {
        Way::Paste
    }
}

/// Logs a person in, says who they are and what they may see, and keeps the login.
pub(super) fn login(terms: Terms, arguments: &LoginArguments) -> Result<(), Problem> {
    let redirect_uri = arguments.redirect_uri.clone().or(terms.known.redirect_uri.clone());
    let redirect = match &redirect_uri {
        Some(given) => Redirect::parse(given).map_err(Problem::usage)?,
        None => Redirect::default(),
    };
    let store = ready_store(arguments.credentials, &login_account(&terms.name))?;
    let kept = Arc::new(KeptLogin::new(store, &terms.name));
    let credentials = Credentials::User(UserLogin {
        client_id: terms.client_id.clone(),
        tokens: None,
        keeper: Arc::clone(&kept) as Arc<_>,
        log_in_again: command(&terms.name),
    });
    let client = ServiceClient::new(terms.address.clone(), credentials, terms.tls()?, USER_AGENT)
        .map_err(Problem::running)?;
    let runtime = runtime()?;
    let tokens = runtime.block_on(async {
        let tokens = ask_the_person(&client, &terms, &redirect, arguments).await?;
        introduce(&client).await?;
        Ok::<_, Problem>(tokens)
    });
    // a person who still may type must not hold the end up
    runtime.shutdown_background();
    let tokens = tokens?;
    kept.put(&tokens).map_err(|error| {
        Problem::usage(error).remedy("the login was not kept and no profile was written")
    })?;
    tell_end(&tokens, &terms.name);
    terms.write_profile(Grant::Pkce, place_of(arguments.credentials), redirect_uri)
}

/// The command that logs in anew.
pub(in crate::cli) fn command(profile: &ProfileName) -> String {
    format!("gcwatch login --pkce --profile {profile}")
}

/// Waits for the answer and exchanges it.
async fn ask_the_person(
    client: &ServiceClient,
    terms: &Terms,
    redirect: &Redirect,
    arguments: &LoginArguments,
) -> Result<UserTokens, Problem> {
    let mut loopback = Loopback::listen(redirect).await.map_err(Problem::running)?;
    let login = BrowserLogin::begin(&terms.address, &terms.client_id, loopback.redirect_uri())
        .map_err(Problem::running)?;
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let way = way(arguments.no_browser, is_set);
    let mut opening = match way {
        Way::OpenBrowser => Some(open_browser(login.authorize_url())),
        Way::Paste => None,
    };
    tell_way(way, &login, loopback.redirect_uri(), &terms.address.login_host());
    let mut pasted = (way == Way::Paste || std::io::stdin().is_terminal()).then(read_lines);
    let mut tries = Tries::default();
    let deadline = tokio::time::sleep(arguments.login_timeout);
    tokio::pin!(deadline);
    loop {
        // Biased: an answer that is there counts before the deadline. None can starve another:
        // each round ends the login or uses up one of the few tries, but for nonsense, which
        // comes at the pace of a person or of a browser.
        tokio::select! {
            biased;
            callback = loopback.next() => match login.read(&callback.query) {
                Ok(code) => match client.exchange(&login, code).await {
                    Ok(tokens) => {
                        callback.show(Page::Done);
                        // the page must be on its way before the program ends
                        tokio::time::sleep(PAGE_TRAVELS).await;
                        return Ok(tokens);
                    }
                    Err(failure) => {
                        callback.show(Page::Failed(failure.sentence.clone()));
                        tokio::time::sleep(PAGE_TRAVELS).await;
                        return Err(failure.into());
                    }
                },
                Err(error) => {
                    callback.show(Page::Failed(error.to_string()));
                    if matches!(error, AnswerError::Refused { .. }) {
                        tokio::time::sleep(PAGE_TRAVELS).await;
                        return Err(refused(&error));
                    }
                    tries.note(&error);
                }
            },
            line = next_line(&mut pasted) => match line {
                None => {
                    pasted = None;
                    if way == Way::Paste {
                        say("\nstandard input has ended; still waiting for the browser to come back to this computer");
                    }
                }
                Some(line) => match login.read(&line) {
                    Ok(code) => {
                        if let Some(tokens) = tries.exchange(client, &login, code).await? {
                            return Ok(tokens);
                        }
                    }
                    Err(error @ AnswerError::Refused { .. }) => return Err(refused(&error)),
                    Err(_) if line.trim().is_empty() => {}
                    Err(error) => tries.note(&error),
                },
            },
            opened = opened(&mut opening) => {
                opening = None;
                if let Err(reason) = opened {
                    say(&format!("no browser can be opened ({reason}): open the address above by hand, or log in again with --no-browser"));
                }
            }
            () = &mut deadline => return Err(tries.too_late(&login, arguments.login_timeout)),
        }
    }
}

/// How long a page may take to get from here to a browser on this computer.
const PAGE_TRAVELS: Duration = Duration::from_millis(150);

/// What came to nothing so far.
#[derive(Default)]
struct Tries {
    exchanged: u32,
    last: Option<String>,
}

impl Tries {
    /// Says at once what is wrong, and remembers it for the end.
    fn note(&mut self, error: &AnswerError) {
        let sentence = error.to_string();
        if self.last.as_ref() != Some(&sentence) {
            say(&format!("{sentence}; still waiting"));
        }
        self.last = Some(sentence);
    }

    /// Exchanges a pasted code. One that is refused may be a slip of the mouse: another is taken.
    async fn exchange(
        &mut self,
        client: &ServiceClient,
        login: &BrowserLogin,
        code: Code,
    ) -> Result<Option<UserTokens>, Failure> {
        self.exchanged += 1;
        match client.exchange(login, code).await {
            Ok(tokens) => Ok(Some(tokens)),
            Err(failure)
                if failure.kind == FailureKind::CredentialsRefused
                    && self.exchanged < MAX_TRIES =>
            {
                say(&format!("{}; paste the whole address, once more", failure.sentence));
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn too_late(&self, login: &BrowserLogin, waited: Duration) -> Problem {
        let last = self.last.as_ref().map(|last| format!(" (last: {last})")).unwrap_or_default();
        Problem::new(
            Exit::Running,
            format!("nobody logged in within {} s{last}", waited.as_secs()),
        )
        .remedy(format!(
            "if the browser showed an error: the OAuth client must be of the kind \"Code Authorization\",\nits redirect URI must be http://localhost (any port will do then) or exactly {}",
            login.redirect_uri()
        ))
    }
}

fn refused(error: &AnswerError) -> Problem {
    Problem::new(Exit::Credentials, error)
}

fn tell_way(way: Way, login: &BrowserLogin, redirect_uri: &str, host: &str) {
    let address = login.authorize_url();
    match way {
        Way::OpenBrowser => {
            say(&format!(
                "the browser opens to log in at {host}; if it doesn't, open this address:"
            ));
            say(&format!("\n{address}\n"));
            say("waiting for the browser to come back; Ctrl-C gives up");
        }
        Way::Paste => {
            say(&format!("open this address in a browser, on any computer, and log in at {host}:"));
            say(&format!("\n{address}\n"));
            say(&format!(
                "the browser then ends at an address that begins with {redirect_uri} and may not show a page there:\ncopy that whole address and paste it here"
            ));
            let mut err = std::io::stderr();
            // a prompt that can't be shown is no reason to fail: the browser may come back yet
            let _ = write!(err, "address or code: ").and_then(|()| err.flush());
        }
    }
}

/// Opens the browser on a thread of its own: a text browser keeps its caller until it is quit.
fn open_browser(address: &str) -> mpsc::Receiver<Result<(), String>> {
    let (tell, told) = mpsc::channel(1);
    let address = address.to_owned();
    let thread = std::thread::Builder::new().name("gcwatch-browser".to_owned());
    let started = thread.spawn({
        let tell = tell.clone();
        move || {
            let opened = webbrowser::open(&address).map_err(|error| error.to_string());
            // the login may be over: then nobody wants to know
            let _ = tell.try_send(opened);
        }
    });
    if let Err(error) = started {
        let _ = tell.try_send(Err(error.to_string()));
    }
    told
}

async fn opened(opening: &mut Option<mpsc::Receiver<Result<(), String>>>) -> Result<(), String> {
    match opening {
        Some(opening) => match opening.recv().await {
            Some(opened) => opened,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// Reads lines from standard input on a thread of its own, which the end of the program ends: a
/// read from a terminal can't be called off.
fn read_lines() -> mpsc::Receiver<String> {
    let (lines, taken) = mpsc::channel(MAX_WAITING_LINES);
    let thread = std::thread::Builder::new().name("gcwatch-paste".to_owned());
    let started = thread.spawn(move || {
        loop {
            let mut line = String::new();
            let read = std::io::stdin().lock().take(MAX_PASTE).read_line(&mut line);
            if !matches!(read, Ok(1..)) || lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "nothing can be pasted");
    }
    taken
}

async fn next_line(pasted: &mut Option<mpsc::Receiver<String>>) -> Option<String> {
    match pasted {
        Some(lines) => lines.recv().await,
        None => std::future::pending().await,
    }
}

/// Says who logged in and what they may see.
async fn introduce(client: &ServiceClient) -> Result<(), Problem> {
    let person = client.person().await?;
    let organization = match person.organization {
        Some(name) => Some(name),
        None => client.who().await?.organization,
    };
    say(&format!(
        "logged in: organisation {}, as {}",
        shown(organization.as_deref()),
        shown(person.name.as_deref())
    ));
    if !person.roles.is_empty() {
        say(&format!("roles: {}", some_of(person.roles.iter().map(String::as_str))));
    }
    tell_queues(client, "you need a role with routing:queue:view").await;
    Ok(())
}

fn tell_end(tokens: &UserTokens, name: &ProfileName) {
    let end = tokens.expires.map_or("–".to_owned(), |end| format!("{end:.0}"));
    if tokens.refresh.is_some() {
        say("the login is renewed by itself");
    } else {
        say(&format!(
            "the login ends at {end} and the service grants no renewal; then log in again with: {}",
            command(name)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::{Way, way};

    #[test]
    fn a_browser_opens_only_where_somebody_sits_before_it() {
        let with = |set: &'static [&'static str]| move |name: &str| set.contains(&name);
        assert_eq!(way(true, with(&["DISPLAY", "BROWSER"])), Way::Paste);
        assert_eq!(way(false, with(&["DISPLAY"])), Way::OpenBrowser);
        assert_eq!(way(false, with(&["DISPLAY", "SSH_CONNECTION"])), Way::Paste);
        assert_eq!(way(false, with(&["BROWSER", "SSH_CONNECTION"])), Way::OpenBrowser);
        if cfg!(target_os = "linux") {
            assert_eq!(way(false, with(&[])), Way::Paste);
            assert_eq!(way(false, with(&["WAYLAND_DISPLAY"])), Way::OpenBrowser);
            assert_eq!(way(false, with(&["WSL_DISTRO_NAME"])), Way::OpenBrowser);
        }
    }
}
