//! Runs another program that gets text on standard input: with a deadline, without a shell, without
//! our secrets; what it prints goes nowhere. To be called on a thread of its own.
//!
//! What it starts itself belongs to it: at the time limit all of it is ended, where the system has groups
//! of processes. Else a script whose last word hangs would leave one behind with every alert.
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
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
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
    end_all(child);
    // it may have ended in between; either way it must not stay as a zombie
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// Ends what the command has started. Before the command itself: as long as that wasn't waited for, its
/// number can't be another's.
#[cfg(unix)]
fn end_all(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Ok(Some(group)) = i32::try_from(child.id()).map(Pid::from_raw) {
        // nobody is left where all have ended
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn end_all(_: &Child) {}

#[cfg(all(test, unix))]
mod tests {
    use super::run;
    use std::io::Read;
    use std::os::unix::net::UnixStream;
    use std::process::Command;
    use std::time::Duration;

    /// Who hangs is the shell's child, not the shell. It inherits one end of a pair of sockets, and at the
    /// other one its end is heard.
    #[test]
    fn what_a_command_started_ends_with_it() {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & wait"]);
        rustix::io::fcntl_setfd(&theirs, rustix::io::FdFlags::empty()).unwrap();
        let told = run(command, "", Duration::from_millis(300)).unwrap();
        assert!(told.contains("was ended after"), "{told}");
        drop(theirs);
        ours.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        assert_eq!(ours.read(&mut [0]).unwrap(), 0, "it still runs");
    }
}
