//! Somebody at the screen, for tests: presses keys and sees what is drawn.
use super::draw;
use super::view::{Effect, View, ViewOptions};
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::ChannelNumber;
use crate::domain::monitor::Monitor;
use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// Somebody at the screen.
pub(super) struct Person {
    pub(super) monitor: Monitor,
    pub(super) view: View,
    pub(super) now: Timestamp,
}

impl Person {
    /// Somebody who has just opened this frame.
    pub(super) fn at(text: &str) -> Self {
        let now = "2026-11-23T14:03:12Z".parse().unwrap();
        let monitor = Monitor::new(now);
        let mut person = Self { monitor, view: View::new(ViewOptions::default()), now };
        person.receives(text);
        person.types("6");
        person.press(KeyCode::Enter);
        person
    }

    pub(super) fn press(&mut self, key: KeyCode) -> Vec<Effect> {
        self.view.refresh(&self.monitor, self.now);
        self.view.on_key(KeyEvent::from(key), &self.monitor, self.now)
    }

    pub(super) fn types(&mut self, text: &str) {
        for character in text.chars() {
            self.press(KeyCode::Char(character));
        }
    }

    /// A frame comes in.
    pub(super) fn receives(&mut self, text: &str) {
        self.monitor.absorb_frame(Frame {
            received: self.now,
            channel: ChannelNumber(1),
            payload: Payload::Text(text.into()),
        });
    }

    /// What is on the screen now.
    pub(super) fn sees(&mut self) -> String {
        self.sees_on(120, 40)
    }

    /// What is on a screen of that size now.
    pub(super) fn sees_on(&mut self, columns: u16, rows: u16) -> String {
        self.view.on_resize(columns, rows);
        self.view.refresh(&self.monitor, self.now);
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| draw(frame, &self.monitor, &self.view, self.now)).unwrap();
        terminal.backend().to_string()
    }
}
