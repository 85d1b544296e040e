//! Runs another program that gets text on standard input: with a deadline, without a shell, without
//! our secrets; what it prints goes nowhere. To be called on a thread of its own.
use std::io::Write;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often it is asked whether it has ended.
const PATIENCE: Duration = Duration::from_millis(20);
/// Variables that hold secrets and are none of another program's business.
const SECRET_VARIABLES: [&str; 2] =
    ["GENESYSCLOUD_OAUTHCLIENT_SECRET", "GENESYSCLOUD_ACCESS_TOKEN"];

/// Runs a command to its end or its time limit; why it failed, if it did.
pub(super) fn run(mut command: Command, text: &str, limit: Duration) -> Option<String> {
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    for variable in SECRET_VARIABLES {
        command.env_remove(variable);
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Some(format!("can't be started: {error}")),
    };
    if let Some(mut input) = child.stdin.take() {
        // One that doesn't read is free not to. The text may be more than a pipe takes, so it is
        // written beside: the end of the command ends the writing.
        let text = text.to_owned();
        let write = move || drop(input.write_all(text.as_bytes()));
        let thread = std::thread::Builder::new().name("gcwatch-child".to_owned());
        // where no thread can be had, the command gets nothing, and says so itself
        let _ = thread.spawn(write);
    }
    match wait(&mut child, limit) {
        Some(status) if status.success() => None,
        Some(status) => Some(format!("failed: {status}")),
        None => Some(format!("was ended after {} s", limit.as_secs())),
    }
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => std::thread::sleep(PATIENCE),
            Err(_) => break,
        }
    }
    // it may have ended in between; either way it must not stay as a zombie
    let _ = child.kill();
    let _ = child.wait();
    None
}
