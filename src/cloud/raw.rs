//! Any socket, dialled as its finder dials it and shown raw: for seeing what is behind an address.
//!
//! No channel, no subscription, no ping of ours, and no attempt after the first unless somebody asks
//! for one: whoever looks at a strange socket wants to see what it does, not what we do to it. Must
//! not know what a message means.
use super::clock::Clock;
use super::dial::{Dialler, WebSocket};
use super::failure::{harmless, plain};
use super::mailbox::Mailbox;
use super::probe::{Manner, UPGRADE_LIMIT, open};
use super::socket::{FromSocket, MAX_WAITING_MESSAGES, SocketId, serve};
use super::source::{Command, SourceHandle};
use crate::domain::control::{ConnectionEvent, Control, EventKind, Identity};
use crate::domain::diagnosis::socket::{self as judge, Talk, Target, Upgrade};
use crate::domain::diagnosis::{Blame, Check, Finding};
use crate::domain::identity::ChannelNumber;
use crate::domain::session::{Failure, FailureKind, LineId, Phase, SessionReport, SocketEnd};
use futures_util::SinkExt;
use secrecy::{ExposeSecret, SecretString};
use std::io;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use url::Url;

/// The one socket's number on the screen.
const CHANNEL: ChannelNumber = ChannelNumber(1);
/// Longest host that is shown, in characters.
const MAX_HOST: usize = 60;
/// Limit for sending one of the caller's messages.
const SEND_LIMIT: Duration = Duration::from_secs(5);

/// What is dialled, and what is said there.
#[derive(Clone, Debug)]
pub struct RawSocket {
    /// The address, dialled exactly as it is.
    pub address: Url,
    /// Whether the address has the form of a channel's, for what its end means.
    pub is_channel: bool,
    /// A token for the header `Authorization` of the upgrade.
    pub bearer: Option<SecretString>,
    /// Texts that are sent once the socket is open, in order. Secret, since one may be a token.
    pub messages: Vec<SecretString>,
}

impl RawSocket {
    /// Dials on a thread of its own; frames, and what became of the socket in sentences, go to
    /// `mailbox`. [`Command::Renew`] dials once more.
    ///
    /// # Errors
    /// When the thread or its runtime can't be had.
    pub fn start(self, dialler: Dialler, mailbox: Mailbox) -> io::Result<SourceHandle> {
        SourceHandle::on_own_thread(move |commands| {
            let show = Show { mailbox, clock: Clock::default() };
            async move { self.run(&dialler, &show, commands).await }
        })
    }

    /// Until it is stopped; a failure when the socket never opened.
    async fn run(
        self,
        dialler: &Dialler,
        show: &Show,
        mut commands: mpsc::Receiver<Command>,
    ) -> Option<Failure> {
        let mut ever_open = false;
        show.name(self.address.host_str().unwrap_or_default());
        for number in 1.. {
            let host = self.address.host_str().unwrap_or_default();
            show.stand(Phase::Dialing, String::new());
            let begun = Instant::now();
            let opening = self.open(dialler);
            let opened = tokio::select! {
                opened = opening => opened,
                () = stopped(&mut commands) => return None,
            };
            match opened {
                Ok(socket) => {
                    ever_open = true;
                    let talk = Talk { opened_in: begun.elapsed(), ..Talk::default() };
                    let ended = self.show_until_end(socket, number, talk, show, &mut commands);
                    let talk = ended.await?;
                    let finding = judge::opened(Check::Socket, host, self.target(), &talk);
                    show.end(&finding);
                }
                Err(upgrade) => {
                    let finding = judge::upgrade(Check::Socket, host, self.target(), &upgrade)?;
                    if !ever_open {
                        return Some(failure_of(&finding));
                    }
                    show.end(&finding);
                }
            }
            loop {
                match commands.recv().await {
                    None | Some(Command::Stop) => return None,
                    Some(Command::Renew) => break,
                    Some(_) => show.takes_none(),
                }
            }
        }
        None
    }

    fn target(&self) -> Target {
        if self.is_channel { Target::Channel } else { Target::Other }
    }

    async fn open(&self, dialler: &Dialler) -> Result<WebSocket, Upgrade> {
        let manner = Manner { bearer: self.bearer.clone(), message: None };
        let opening = open(dialler, &self.address, &manner);
        tokio::time::timeout(UPGRADE_LIMIT, opening).await.unwrap_or(Err(Upgrade::TimedOut))
    }

    /// Says what is to be said and hands on what comes; `None` when it is to stop.
    async fn show_until_end(
        &self,
        mut socket: WebSocket,
        number: u64,
        mut talk: Talk,
        show: &Show,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Option<Talk> {
        let opened = Instant::now();
        show.stand(Phase::Live, String::new());
        let took = talk.opened_in.as_millis();
        show.say(EventKind::Connected, format!("the socket opened in {took} ms; it is shown raw"));
        for message in &self.messages {
            let text = message.expose_secret();
            let sending = socket.send(Message::text(text.to_owned()));
            let sent = tokio::time::timeout(SEND_LIMIT, sending).await;
            talk.after_message = true;
            let told = match sent {
                Ok(Ok(())) => format!("sent a message of {} bytes", text.len()),
                // why is told by the end, which comes next
                Ok(Err(_)) | Err(_) => "a message could not be sent".to_owned(),
            };
            show.say(EventKind::Note, told);
        }
        let id = SocketId { line: LineId(0), number };
        let (events, mut coming) = mpsc::channel(MAX_WAITING_MESSAGES);
        let _open = serve(socket, id, CHANNEL, show.clock, events);
        loop {
            // Biased: a person's key must not wait behind a flood.
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    None | Some(Command::Stop) => return None,
                    Some(Command::Renew) => {
                        show.say(EventKind::Note, "it is left, to be dialled once more".to_owned());
                        talk.closed = Some((opened.elapsed(), Some(1000), "as you asked".to_owned()));
                        return Some(talk);
                    }
                    Some(_) => show.takes_none(),
                },
                event = coming.recv() => match event {
                    Some((_, FromSocket::Frame(frame))) => show.mailbox.push_frame(frame),
                    Some((_, FromSocket::Closed(SocketEnd { code, reason }))) => {
                        // 1006 is never sent: it stands for an end without a close frame
                        let code = code.filter(|code| *code != 1006);
                        talk.closed = Some((opened.elapsed(), code, reason));
                        return Some(talk);
                    }
                    None => return Some(talk),
                },
            }
        }
    }
}

async fn stopped(commands: &mut mpsc::Receiver<Command>) {
    while !matches!(commands.recv().await, None | Some(Command::Stop)) {}
}

/// A socket that never opened is an end, with the finding as its reason.
fn failure_of(finding: &Finding) -> Failure {
    let kind = match finding.blame {
        Blame::Configuration => FailureKind::Unacceptable,
        Blame::Credentials => FailureKind::TokenRefused,
        Blame::Permission => FailureKind::NotPermitted,
        Blame::Unreachable => FailureKind::Network,
        Blame::Other => FailureKind::ChannelGone,
    };
    plain(kind, in_a_sentence(finding))
}

fn in_a_sentence(finding: &Finding) -> String {
    match &finding.remedy {
        Some(remedy) => format!("{}; {remedy}", finding.found),
        None => finding.found.clone(),
    }
}

/// Where it is shown.
struct Show {
    mailbox: Mailbox,
    clock: Clock,
}

impl Show {
    fn name(&self, host: &str) {
        self.mailbox.push_control(Control::Identity(Identity {
            profile: Some("raw socket".to_owned()),
            region: harmless(host, MAX_HOST),
            ..Identity::default()
        }));
    }

    fn stand(&self, phase: Phase, reason: String) {
        self.mailbox.push_control(Control::Session(SessionReport {
            channel_short: "a raw socket".to_owned(),
            reason,
            ..SessionReport::new(CHANNEL, phase, self.clock.now())
        }));
    }

    fn say(&self, kind: EventKind, sentence: String) {
        self.mailbox.push_control(Control::Event(ConnectionEvent {
            at: self.clock.now(),
            channel: Some(CHANNEL),
            kind,
            sentence,
            context_id: None,
            retry_in: None,
        }));
    }

    fn takes_none(&self) {
        let told =
            "a raw socket has no topics and no state to be read: only dialling it again works";
        self.say(EventKind::Note, told.to_owned());
    }

    fn end(&self, finding: &Finding) {
        let sentence = in_a_sentence(finding);
        self.say(EventKind::Disconnected, sentence.clone());
        self.stand(Phase::Ended, sentence);
    }
}

#[cfg(test)]
mod tests;
