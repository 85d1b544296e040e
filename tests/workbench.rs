//! The workbench of topics: adding, pausing and removing on the screen, and the same against the
//! simulated service with a person's keys.
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gcwatch::cloud::{
    Command, Credentials, Mailbox, Plan, ServiceAddress, ServiceClient, ServiceSource, Tls,
};
use gcwatch::domain::available::AvailableTopics;
use gcwatch::domain::control::{Control, Divisions, Named, Rejection, TopicOutcome};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::{ChannelNumber, QueueId, UserId};
use gcwatch::domain::intake::{Batch, WhenFull};
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::monitor::topics::Asked;
use gcwatch::domain::session::{Phase, Policy, SessionReport};
use gcwatch::domain::topic::Topic;
use gcwatch::simulator::service::faults::Forbidden;
use gcwatch::simulator::service::{Fault, Simulator, SimulatorSettings};
use gcwatch::tui::{Effect, View, ViewOptions, Wish, draw};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use secrecy::SecretString;
use std::time::Duration;

const CHANNEL: ChannelNumber = ChannelNumber(1);
const BILLING: &str = "11111111-1111-4111-8111-111111111111";
const ANA: &str = "33333333-3333-4333-8333-333333333333";
/// Longest wait for the simulated service, at twenty times its pace.
const PATIENCE: Duration = Duration::from_secs(60);

fn now() -> Timestamp {
    "2026-11-24T14:03:12Z".parse().expect("a time")
}

fn outcome(topic: &str, missing: Option<&str>) -> TopicOutcome {
    TopicOutcome {
        topic: Topic::received(topic),
        rejection: missing.map(|permission| Rejection {
            reason: "missing permissions".to_owned(),
            missing_permissions: vec![permission.to_owned()],
            context_id: Some("c0ffee".to_owned()),
        }),
    }
}

fn session(permitted: usize) -> Control {
    Control::Session(SessionReport {
        channel: CHANNEL,
        phase: Phase::Live,
        since: now() - SignedDuration::from_secs(300),
        channel_short: "streaming-0-abcd…".to_owned(),
        channel_expires: Some(now() + SignedDuration::from_hours(22)),
        permitted,
        rejected: 1,
        last_frame: Some(now()),
        last_heartbeat: Some(now()),
        round_trip: None,
        attempts: 0,
        retry_at: None,
        reason: String::new(),
    })
}

fn absorb(monitor: &mut Monitor, control: Vec<Control>, frames: Vec<Frame>) {
    monitor.absorb(Batch { control, frames, ..Batch::default() });
}

fn frame(topic: &str, body: &str, seconds_ago: i64) -> Frame {
    let text = format!(r#"{{"topicName":"{topic}","version":"2","eventBody":{body}}}"#);
    Frame {
        received: now() - SignedDuration::from_secs(seconds_ago),
        channel: CHANNEL,
        payload: Payload::Text(text.as_str().into()),
    }
}

fn queue_topic() -> String {
    format!("v2.routing.queues.{BILLING}.conversations")
}

fn monitor() -> Monitor {
    let mut monitor = Monitor::new(now() - SignedDuration::from_secs(3_600));
    let combined = format!("v2.users.{ANA}?presence&routingStatus");
    let control = vec![
        session(4),
        Control::Queues(vec![Named { id: QueueId::new(BILLING), name: "Billing".to_owned() }]),
        Control::Users(vec![Named { id: UserId::new(ANA), name: "Ana Silva".to_owned() }]),
        Control::Divisions(Divisions {
            queues: vec![Named { id: QueueId::new(BILLING), name: "Retail".to_owned() }],
            users: Vec::new(),
        }),
        Control::Topics {
            channel: CHANNEL,
            at: now(),
            outcomes: vec![
                outcome(&queue_topic(), None),
                outcome(&combined, None),
                outcome(&format!("v2.users.{ANA}.station"), None),
                outcome(&format!("v2.users.{ANA}.geolocation"), None),
                outcome(
                    &format!("v2.analytics.queues.{BILLING}.observations"),
                    Some("analytics:queueObservation:view"),
                ),
            ],
        },
    ];
    let conversation = |id: &str| format!(r#"{{"id":"{id}","participants":[]}}"#);
    let frames = vec![
        frame(&queue_topic(), &conversation("aaaaaaaa-0000-4000-8000-000000000001"), 9),
        frame(&queue_topic(), &conversation("aaaaaaaa-0000-4000-8000-000000000001"), 8),
        frame(&queue_topic(), &conversation("bbbbbbbb-0000-4000-8000-000000000002"), 7),
        frame(&format!("v2.users.{ANA}.presence"), r#"{"presenceDefinition":{}}"#, 5),
        frame(&format!("v2.users.{ANA}.geolocation"), "{}", 1_800),
    ];
    absorb(&mut monitor, control, frames);
    monitor
}

struct Person {
    view: View,
    size: (u16, u16),
}

impl Person {
    fn at(size: (u16, u16), monitor: &Monitor) -> Self {
        let mut view = View::new(ViewOptions::default());
        view.on_resize(size.0, size.1);
        view.refresh(monitor, now());
        Self { view, size }
    }

    fn press(&mut self, monitor: &Monitor, keys: &[KeyCode]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for key in keys {
            effects.extend(self.view.on_key(KeyEvent::from(*key), monitor, now()));
            self.view.refresh(monitor, now());
        }
        effects
    }

    fn type_text(&mut self, monitor: &Monitor, text: &str) -> Vec<Effect> {
        let keys: Vec<KeyCode> = text.chars().map(KeyCode::Char).collect();
        self.press(monitor, &keys)
    }

    fn screen(&mut self, monitor: &Monitor) -> String {
        self.drawn(monitor).backend().to_string()
    }

    fn drawn(&mut self, monitor: &Monitor) -> Terminal<TestBackend> {
        self.view.refresh(monitor, now());
        let mut terminal =
            Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a terminal");
        terminal.draw(|frame| draw(frame, monitor, &self.view, now())).expect("it draws");
        terminal
    }

    /// Puts the cursor on the row that holds `text` in the lower part.
    fn find(&mut self, monitor: &Monitor, text: &str) {
        self.view.refresh(monitor, now());
        self.press(monitor, &[KeyCode::Home]);
        for _ in 0..200 {
            let screen = self.screen(monitor);
            if screen.lines().any(|line| line.contains("topic      ") && line.contains(text)) {
                return;
            }
            self.press(monitor, &[KeyCode::Down]);
        }
        panic!("{text} can't be found in\n{}", self.screen(monitor));
    }
}

use KeyCode::{Backspace, Char, Enter, Esc, Tab};

#[test]
fn the_list_says_how_each_topic_stands_and_what_to_do() {
    let monitor = monitor();
    for size in [(80, 24), (200, 50)] {
        let mut person = Person::at(size, &monitor);
        person.press(&monitor, &[Char('5')]);
        let screen = person.screen(&monitor);
        for words in ["Topics (5)", "refused", "never fired", "silent", "channel 1", "room enough"]
        {
            assert!(screen.contains(words), "{words} in {size:?}\n{screen}");
        }
        person.find(&monitor, "v2.analytics");
        let screen = person.screen(&monitor);
        assert!(screen.contains("missing analytics:queueObservation"), "{screen}");
        assert!(screen.contains("have an administrator grant"), "{screen}");
        assert!(screen.contains("in division "), "{size:?}\n{screen}");
        assert!(screen.contains("the division Retail (queue Billing)"), "{size:?}\n{screen}");
        assert!(screen.contains("c0ffee"), "{screen}");
    }
    let mut person = Person::at((200, 50), &monitor);
    person.press(&monitor, &[Char('5')]);
    person.find(&monitor, ".conversations");
    let screen = person.screen(&monitor);
    assert!(screen.contains("loudest: conversation aaaaaaaa, 66 % of its frames"), "{screen}");
    assert!(screen.contains("each frame is a whole snapshot"), "{screen}");
}

#[test]
fn a_combined_topic_is_one_row_until_it_is_unfolded() {
    let monitor = monitor();
    let mut person = Person::at((160, 40), &monitor);
    person.press(&monitor, &[Char('5')]);
    person.find(&monitor, "presence&routingStatus");
    let screen = person.screen(&monitor);
    assert!(screen.contains("+ users.") && !screen.contains("· users."), "{screen}");
    assert!(screen.contains("2 topics in one"), "{screen}");
    person.press(&monitor, &[Char('e')]);
    let screen = person.screen(&monitor);
    assert!(
        screen.contains("- users.") && screen.contains("· users.Ana Silva.presence"),
        "{screen}"
    );
    person.press(&monitor, &[Char('e')]);
    assert!(!person.screen(&monitor).contains("· users."));
}

#[test]
fn silent_topics_and_those_that_never_fired_are_found() {
    let monitor = monitor();
    let mut person = Person::at((160, 40), &monitor);
    person.press(&monitor, &[Char('5'), Char('v')]);
    let screen = person.screen(&monitor);
    assert!(screen.contains("Topics (1) · silent") && screen.contains("geolocation"), "{screen}");
    person.press(&monitor, &[Char('v')]);
    let screen = person.screen(&monitor);
    assert!(screen.contains("Topics (1) · never fired") && screen.contains("station"), "{screen}");
    person.press(&monitor, &[Char('v')]);
    let screen = person.screen(&monitor);
    assert!(screen.contains("Topics (1) · refused"), "{screen}");
}

#[test]
fn the_meter_warns_in_words_and_the_bound_is_kept() {
    for (permitted, words) in
        [(799, "room enough"), (800, "nearly full; another channel"), (900, "almost full; another")]
    {
        let mut monitor = monitor();
        absorb(&mut monitor, vec![session(permitted)], Vec::new());
        let mut person = Person::at((120, 30), &monitor);
        person.press(&monitor, &[Char('5')]);
        let screen = person.screen(&monitor);
        assert!(screen.contains(words), "{permitted}\n{screen}");
    }
}

#[test]
fn the_meter_is_yellow_from_80_percent_on_and_red_from_90() {
    use ratatui::style::Color::{Red, Reset, Yellow};
    let cases = [(799, Reset), (800, Yellow), (899, Yellow), (900, Red), (1_000, Red)];
    for (permitted, color) in cases {
        let mut monitor = monitor();
        absorb(&mut monitor, vec![session(permitted)], Vec::new());
        let mut person = Person::at((80, 24), &monitor);
        person.press(&monitor, &[Char('5')]);
        let terminal = person.drawn(&monitor);
        let inked = terminal.backend().buffer().content().iter();
        let meter: Vec<_> = inked.filter(|cell| ["█", "░"].contains(&cell.symbol())).collect();
        assert!(meter.len() >= 8, "{permitted}: there is a meter");
        assert!(meter.iter().all(|cell| cell.fg == color), "{permitted}: {:?}", meter[0].fg);
    }
}

#[test]
fn topics_are_sorted_by_bytes_and_by_silence() {
    let monitor = monitor();
    let mut person = Person::at((160, 40), &monitor);
    person.press(&monitor, &[Char('5')]);
    for (order, first) in [("by bytes", "queues.Billing.con"), ("quietest first", "never fired")] {
        assert_eq!(person.press(&monitor, &[Char('s')]), []);
        let screen = person.screen(&monitor);
        let rows: Vec<&str> = screen.lines().skip(1).collect();
        assert!(rows[0].contains(order), "{screen}");
        // the heading stands between; what was refused never fired either
        assert!(rows[2].contains(first) || rows[3].contains(first), "{screen}");
    }
}

#[test]
fn a_topic_is_added_by_words_and_a_name() {
    let monitor = monitor();
    let mut person = Person::at((120, 36), &monitor);
    person.press(&monitor, &[Char('5'), Char('a')]);
    person.type_text(&monitor, "routing users");
    let screen = person.screen(&monitor);
    assert!(screen.contains("v2.routing.queues.{id}.users"), "{screen}");
    assert!(screen.contains("it fits"), "{screen}");
    person.press(&monitor, &[Enter]);
    let screen = person.screen(&monitor);
    assert!(screen.contains("queue:") && screen.contains("Billing"), "{screen}");
    person.type_text(&monitor, "bil");
    let effects = person.press(&monitor, &[Enter]);
    let wanted = Topic::received(&format!("v2.routing.queues.{BILLING}.users"));
    assert_eq!(effects, [Effect::Ask(Wish::Subscribe(vec![wanted]))]);
    assert!(!person.screen(&monitor).contains("Add a topic"), "it is closed");

    // one that is watched already isn't asked for again
    person.press(&monitor, &[Char('a')]);
    let effects = person.type_text(&monitor, &queue_topic());
    let effects = [effects, person.press(&monitor, &[Enter])].concat();
    assert_eq!(effects, []);
    assert!(person.screen(&monitor).contains("watched already"), "{}", person.screen(&monitor));
    // and what nobody knows of can be asked for all the same
    for _ in 0..80 {
        person.press(&monitor, &[Backspace]);
    }
    person.type_text(&monitor, "v2.brand.new.thing");
    assert!(person.screen(&monitor).contains("in no catalogue"), "{}", person.screen(&monitor));
    let effects = person.press(&monitor, &[Enter]);
    let new = Topic::received("v2.brand.new.thing");
    assert_eq!(effects, [Effect::Ask(Wish::Subscribe(vec![new]))]);
    // given up, nothing happens
    assert_eq!(person.press(&monitor, &[Char('a'), Char('x'), Enter, Esc, Esc]), []);
}

#[test]
fn several_topics_are_added_at_once() {
    let mut monitor = monitor();
    let ana_too = UserId::new("44444444-4444-4444-8444-444444444444");
    let users = vec![Named { id: ana_too.clone(), name: "Ana \"Ñ\" O'Hara".to_owned() }];
    absorb(&mut monitor, vec![Control::Users(users)], Vec::new());
    let mut person = Person::at((80, 24), &monitor);
    person.press(&monitor, &[Char('5'), Char('a')]);
    person.type_text(&monitor, "v2.users.{id}.activity");
    person.press(&monitor, &[Enter]);
    person.type_text(&monitor, "ana");
    assert!(person.screen(&monitor).contains("ctrl-a takes all 2"), "{}", person.screen(&monitor));
    let ctrl_a = KeyEvent::new(Char('a'), KeyModifiers::CONTROL);
    let effects = person.view.on_key(ctrl_a, &monitor, now());
    let wanted = [ana_too.as_str(), ANA].map(|id| format!("v2.users.{id}.activity"));
    let wanted: Vec<Topic> = wanted.iter().map(|name| Topic::received(name)).collect();
    assert_eq!(effects, [Effect::Ask(Wish::Subscribe(wanted.clone()))]);
    assert!(person.screen(&monitor).contains("asked for 2 topics"));

    // names that are pasted, each on its line; the end of what is typed is seen
    person.press(&monitor, &[Char('a')]);
    let pasted: Vec<String> =
        wanted.iter().map(ToString::to_string).chain([queue_topic()]).collect();
    person.view.on_paste(&pasted.join("\r\n"), &monitor, now());
    let screen = person.screen(&monitor);
    assert!(
        screen.contains("and 2 more, as typed") && screen.contains(".conversations "),
        "{screen}"
    );
    // that of the queue is watched already
    assert_eq!(person.press(&monitor, &[Enter]), [Effect::Ask(Wish::Subscribe(wanted))]);

    person.press(&monitor, &[Char('a')]);
    person.type_text(&monitor, "v2.users.*.activity");
    assert_eq!(person.press(&monitor, &[Enter]), []);
    assert!(
        person.screen(&monitor).contains("v2.users.*.activity\""),
        "{}",
        person.screen(&monitor)
    );
}

#[test]
fn on_a_narrow_screen_permissions_and_the_loudest_are_read_to_their_ends() {
    let mut monitor = monitor();
    let answer = br#"{"entities":[{"id":"v2.routing.queues.{id}.conversations","description":"d","transports":["All"],"permissionDetails":[{"type":"requiresDivisionPermissions","permissions":["conversation:communication:view","conversation:communication:details:last"]}]}]}"#;
    monitor.catalogue = AvailableTopics::read(answer).expect("an answer").into();
    let body = r#"{"id":"cccccccc-0000-4000-8000-000000000003","participants":[]}"#;
    absorb(&mut monitor, Vec::new(), vec![frame(&queue_topic(), body, 1)]);
    let mut person = Person::at((80, 24), &monitor);
    person.press(&monitor, &[Char('5')]);
    person.find(&monitor, "v2.routing.queues");
    let screen = person.screen(&monitor);
    assert!(screen.contains("details:last") && screen.contains("of its frames"), "{screen}");
}

#[test]
fn what_only_another_transport_delivers_is_never_asked_for_however_it_is_named() {
    let mut monitor = monitor();
    let answer = br#"{"entities":[{"id":"v2.detail.events.conversation.{id}.acd.end","transports":["EventBridge","ProcessAutomation"]}]}"#;
    monitor.catalogue = AvailableTopics::read(answer).expect("an answer").into();
    for typed in [
        "detail acd.end",
        "v2.detail.events.conversation.aaaaaaaa-0000-4000-8000-000000000001.acd.end",
    ] {
        let mut person = Person::at((120, 36), &monitor);
        person.press(&monitor, &[Char('5'), Char('a')]);
        person.type_text(&monitor, typed);
        let screen = person.screen(&monitor);
        assert!(screen.contains("EventBridge, ProcessAutomation only"), "{screen}");
        assert_eq!(person.press(&monitor, &[Enter]), [], "{typed}");
        let screen = person.screen(&monitor);
        assert!(screen.contains("only EventBridge and ProcessAutomation delivers"), "{screen}");
    }
}

#[test]
fn an_id_is_completed_by_queue_user_and_conversation() {
    let mut monitor = monitor();
    let conversation = "cccccccc-0000-4000-8000-000000000003";
    let body = format!(
        r#"{{"id":"{conversation}","participants":[{{"id":"p1","purpose":"acd","queueId":"{BILLING}","calls":[{{"id":"x","state":"connected"}}]}}]}}"#
    );
    absorb(&mut monitor, Vec::new(), vec![frame(&queue_topic(), &body, 1)]);
    let asked = |template: &str, typed: &str, keys: &[KeyCode]| {
        let mut person = Person::at((120, 36), &monitor);
        person.press(&monitor, &[Char('5'), Char('a')]);
        person.type_text(&monitor, template);
        person.press(&monitor, &[Enter]);
        person.type_text(&monitor, typed);
        let effects = person.press(&monitor, keys);
        (effects, person.screen(&monitor))
    };
    let subscribed = |topic: String| [Effect::Ask(Wish::Subscribe(vec![Topic::received(&topic)]))];
    let of_queue = "v2.routing.queues.{id}.users";
    for (typed, keys) in [("illin", &[Tab, Enter][..]), ("1111", &[Enter]), (BILLING, &[Enter])] {
        let (effects, screen) = asked(of_queue, typed, keys);
        let wanted = subscribed(format!("v2.routing.queues.{BILLING}.users"));
        assert_eq!(effects, wanted, "{typed}\n{screen}");
    }
    let (effects, _) = asked("v2.users.{id}.activity", "SILVA", &[Enter]);
    assert_eq!(effects, subscribed(format!("v2.users.{ANA}.activity")));
    // an id that nobody knows a name of is taken, a name with a slip in it isn't
    let (effects, _) = asked(of_queue, conversation, &[Enter]);
    assert_eq!(effects, subscribed(format!("v2.routing.queues.{conversation}.users")));
    let (effects, screen) = asked(of_queue, "Biling", &[Enter]);
    assert_eq!(effects, []);
    assert!(screen.contains("no queue is called so"), "{screen}");
    // a conversation by its id, or by who has it
    let template = "v2.conversations.{id}.transcription";
    for (typed, keys) in [("cccc", &[Tab, Enter][..]), ("bill", &[Enter])] {
        let (effects, screen) = asked(template, typed, keys);
        let wanted = subscribed(format!("v2.conversations.{conversation}.transcription"));
        assert_eq!(effects, wanted, "{typed}\n{screen}");
    }
    let (_, screen) = asked(template, "", &[]);
    assert!(screen.contains("call · Billing"), "{screen}");
}

#[test]
fn a_topic_is_paused_and_goes_on_and_is_removed() {
    let mut monitor = monitor();
    let topic = Topic::received(&format!("v2.users.{ANA}.geolocation"));
    let mut person = Person::at((120, 36), &monitor);
    person.press(&monitor, &[Char('5')]);
    person.find(&monitor, "geolocation");
    let effects = person.press(&monitor, &[Char('P')]);
    assert_eq!(effects, [Effect::Ask(Wish::Unsubscribe(vec![topic.clone()]))]);
    let gone = Control::Unsubscribed { channel: CHANNEL, at: now(), topics: vec![topic.clone()] };
    absorb(&mut monitor, vec![gone.clone()], Vec::new());
    let screen = person.screen(&monitor);
    assert!(screen.contains("paused: not subscribed"), "{screen}");
    let effects = person.press(&monitor, &[Char('P')]);
    assert_eq!(effects, [Effect::Ask(Wish::Subscribe(vec![topic.clone()]))]);
    let back = outcome(topic.as_str(), None);
    let back = Control::Topics { channel: CHANNEL, at: now(), outcomes: vec![back] };
    absorb(&mut monitor, vec![back], Vec::new());
    assert!(!person.screen(&monitor).contains("paused"), "{}", person.screen(&monitor));
    let effects = person.press(&monitor, &[Char('d')]);
    assert_eq!(effects, [Effect::Ask(Wish::Unsubscribe(vec![topic.clone()]))]);
    absorb(&mut monitor, vec![gone], Vec::new());
    assert!(!person.screen(&monitor).contains("users.Ana Silva.geolocation"));
    assert_eq!(monitor.topics.get(&topic).map(|counter| counter.frames), Some(1), "still counted");
}

/// Its frames are counted by its parts, which are not asked for by their own names: they must stand
/// as the whole does, at all times.
#[test]
fn a_combined_topic_keeps_its_parts_while_paused_and_after() {
    let mut monitor = monitor();
    let whole = Topic::received(&format!("v2.users.{ANA}?presence&routingStatus"));
    let told = |screen: &str| -> String {
        let row = screen.lines().find(|line| line.contains("users.Ana Silva?presence"));
        row.unwrap_or_else(|| panic!("no such row in\n{screen}")).to_owned()
    };
    let mut person = Person::at((160, 40), &monitor);
    person.press(&monitor, &[Char('5')]);
    person.find(&monitor, "presence&routingStatus");
    person.press(&monitor, &[Char('P')]);
    let gone = Control::Unsubscribed { channel: CHANNEL, at: now(), topics: vec![whole.clone()] };
    absorb(&mut monitor, vec![gone.clone()], Vec::new());
    let screen = person.screen(&monitor);
    assert!(told(&screen).contains("paused"), "{screen}");
    assert!(screen.contains("2 topics in one") && screen.contains("1 frames"), "{screen}");
    // what is paused isn't listed a second time as what is watched no longer
    for _ in 0..5 {
        person.press(&monitor, &[Char('v')]);
    }
    let screen = person.screen(&monitor);
    assert!(screen.contains("Topics (0) · no longer watched"), "{screen}");

    person.press(&monitor, &[Char('v')]);
    person.find(&monitor, "presence&routingStatus");
    person.press(&monitor, &[Char('P')]);
    let back = outcome(whole.as_str(), None);
    let back = Control::Topics { channel: CHANNEL, at: now(), outcomes: vec![back] };
    absorb(&mut monitor, vec![back], Vec::new());
    person.press(&monitor, &[Char('e')]);
    let screen = person.screen(&monitor);
    let part = screen.lines().find(|line| line.contains("· users.Ana Silva.presence"));
    assert!(part.is_some_and(|line| line.contains("  part")), "{screen}");

    // removed it is one row, with what it had counted
    person.press(&monitor, &[Char('e'), Char('d')]);
    absorb(&mut monitor, vec![gone], Vec::new());
    for _ in 0..5 {
        person.press(&monitor, &[Char('v')]);
    }
    let screen = person.screen(&monitor);
    assert!(screen.contains("Topics (1) · no longer watched"), "{screen}");
    assert!(told(&screen).contains(" 1 "), "{screen}");
}

#[test]
fn a_paused_combined_topic_of_which_nothing_is_permitted_any_more_is_shown_refused() {
    let mut monitor = monitor();
    let whole = Topic::received(&format!("v2.users.{ANA}?presence&routingStatus"));
    let mut person = Person::at((160, 40), &monitor);
    person.press(&monitor, &[Char('5')]);
    person.find(&monitor, "presence&routingStatus");
    person.press(&monitor, &[Char('P')]);
    let gone = Control::Unsubscribed { channel: CHANNEL, at: now(), topics: vec![whole.clone()] };
    absorb(&mut monitor, vec![gone], Vec::new());
    assert!(person.screen(&monitor).contains("paused"), "{}", person.screen(&monitor));
    let effects = person.press(&monitor, &[Char('P')]);
    assert_eq!(effects, [Effect::Ask(Wish::Subscribe(vec![whole.clone()]))]);
    let outcomes =
        whole.singles().map(|part| outcome(part.as_str(), Some("directory:user:view"))).collect();
    absorb(
        &mut monitor,
        vec![Control::Topics { channel: CHANNEL, at: now(), outcomes }],
        Vec::new(),
    );
    person.press(&monitor, &[Esc]);
    let screen = person.screen(&monitor);
    assert!(!screen.contains("paused"), "{screen}");
    assert!(screen.contains("users.Ana Silva.routingStatus"), "{screen}");
}

#[test]
fn a_set_is_saved_under_a_name() {
    let monitor = monitor();
    let mut person = Person::at((120, 36), &monitor);
    person.press(&monitor, &[Char('5'), Char('w')]);
    person.type_text(&monitor, "night");
    assert_eq!(person.press(&monitor, &[Enter]), [Effect::SaveSet("night".to_owned())]);
    assert_eq!(monitor.topics.asked_for().len(), 5);
}

/// The simulated service with a source on it and a person before the screen.
struct Stage {
    runtime: tokio::runtime::Runtime,
    simulator: Simulator,
    mailbox: Mailbox,
    source: gcwatch::cloud::SourceHandle,
    monitor: Monitor,
    person: Person,
}

impl Stage {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let settings = SimulatorSettings { seed: 3, speed: 20.0, ..SimulatorSettings::default() };
        let simulator = runtime.block_on(Simulator::start(settings)).expect("a free port");
        let at = simulator.addresses().clone();
        let address = ServiceAddress::from_parts(None, Some(&at.base_url), Some(&at.base_url));
        let credentials = Credentials::ClientCredentials {
            client_id: at.client_id.clone(),
            client_secret: SecretString::from(at.client_secret.clone()),
        };
        let tls = Tls::new(None).expect("TLS");
        let client = ServiceClient::new(address.expect("an address"), credentials, tls, "test")
            .expect("a client");
        let queues = runtime.block_on(client.queues(None)).expect("queues").entries;
        let sales =
            queues.iter().find(|queue| queue.name == "Sales").expect("the queue").id.clone();
        let watched = Topic::received(&format!("v2.routing.queues.{sales}.conversations"));
        let plan = Plan { packs: vec![vec![watched]], load_names: true, ..Plan::default() };
        let mailbox = Mailbox::new(WhenFull::NewestWins);
        let policy = Policy::default().scaled(20.0);
        let source = ServiceSource::start(&client, plan, policy, mailbox.clone()).expect("starts");
        let monitor = Monitor::new(Timestamp::now());
        let person = Person::at((140, 40), &monitor);
        Self { runtime, simulator, mailbox, source, monitor, person }
    }

    /// Takes in what comes until `done`.
    fn until(&mut self, what: &str, done: impl Fn(&Monitor) -> bool) {
        let end = std::time::Instant::now() + PATIENCE;
        while !done(&self.monitor) {
            let left = end.saturating_duration_since(std::time::Instant::now());
            assert!(!left.is_zero(), "{what} took too long\n{}", self.person.screen(&self.monitor));
            let mailbox = &self.mailbox;
            let _ =
                self.runtime.block_on(async { tokio::time::timeout(left, mailbox.ready()).await });
            self.monitor.absorb(self.mailbox.take());
        }
    }

    /// Carries a person's wishes out.
    fn obey(&mut self, effects: Vec<Effect>) {
        assert!(!effects.is_empty(), "nothing was wished\n{}", self.person.screen(&self.monitor));
        for effect in effects {
            let command = match effect {
                Effect::Ask(Wish::Subscribe(topics)) => Command::Subscribe(topics),
                Effect::Ask(Wish::Unsubscribe(topics)) => Command::Unsubscribe(topics),
                other => panic!("{other:?}"),
            };
            assert!(self.source.send(command));
        }
    }

    fn add(&mut self, words: &str, name: &str) {
        self.person.press(&self.monitor, &[Char('5'), Char('a')]);
        self.person.type_text(&self.monitor, words);
        self.person.press(&self.monitor, &[Enter]);
        self.person.type_text(&self.monitor, name);
        let effects = self.person.press(&self.monitor, &[Enter]);
        self.obey(effects);
    }
}

#[test]
fn while_running_a_topic_is_added_and_fires_is_removed_and_falls_silent_and_one_is_refused() {
    let mut stage = Stage::start();
    stage.until("coming up", |monitor| {
        monitor.link.live_sessions().0 == 1 && monitor.directory.users().count() > 20
    });
    let of = |monitor: &Monitor, name: &str| {
        let queue = monitor.directory.queues().find(|(_, known)| *known == name);
        let (queue, _) = queue.expect("the queue has a name");
        Topic::received(&format!("v2.routing.queues.{queue}.conversations"))
    };
    let (sales, billing) = (of(&stage.monitor, "Sales"), of(&stage.monitor, "Billing"));
    let frames = |monitor: &Monitor, topic: &Topic| {
        monitor.topics.get(topic).map_or(0, |counter| counter.frames)
    };
    stage.add("v2.routing.queues.{id}.conversations", "billing");
    stage.until("frames of the new topic", |monitor| frames(monitor, &billing) > 3);
    stage.person.find(&stage.monitor, billing.as_str());
    let screen = stage.person.screen(&stage.monitor);
    assert!(screen.contains("permitted, on channel 1"), "{screen}");

    let effects = stage.person.press(&stage.monitor, &[Char('d')]);
    stage.obey(effects);
    stage.until("removing", |monitor| {
        let counter = monitor.topics.get(&billing);
        counter.is_some_and(|counter| counter.standing == Asked::Gone)
    });
    let (before, others) = (frames(&stage.monitor, &billing), frames(&stage.monitor, &sales));
    stage.until("frames of the other topic", |monitor| frames(monitor, &sales) > others + 10);
    assert_eq!(frames(&stage.monitor, &billing), before, "nothing comes any more");

    stage.add("v2.users.{id}.workforcemanagement.schedules", "");
    stage.until("the refusal", |monitor| {
        monitor.topics.iter().any(|counter| matches!(counter.standing, Asked::Rejected(_)))
    });
    stage.person.find(&stage.monitor, "workforcemanagement");
    let screen = stage.person.screen(&stage.monitor);
    assert!(screen.contains("missing wfm:agentSchedule:view"), "{screen}");
    assert!(screen.contains("have an administrator grant wfm:agentSchedule:view"), "{screen}");
    assert!(stage.source.stop(Duration::from_secs(5)));
    stage.runtime.block_on(stage.simulator.stop());
}

#[test]
fn the_service_s_answer_makes_a_combined_topic_one_row_with_all_its_parts() {
    let mut stage = Stage::start();
    stage.until("coming up", |monitor| {
        monitor.link.live_sessions().0 == 1 && monitor.directory.users().count() > 20
    });
    let user = stage.monitor.directory.users().map(|(user, _)| user.clone()).min().expect("a user");
    let whole = Topic::received(&format!("v2.users.{user}?presence&routingStatus&conversations"));
    let part = Topic::received(&format!("v2.users.{user}.presence"));
    let standing = |monitor: &Monitor, topic: &Topic| {
        monitor.topics.get(topic).map(|counter| counter.standing.clone())
    };
    let permitted = Some(Asked::Permitted(CHANNEL));
    let forbid = |all: &[Forbidden]| Fault { forbid: Some(all.to_vec()), ..Fault::default() };
    stage.simulator.play(&forbid(&[Forbidden {
        topic: "v2.users.*.presence".to_owned(),
        queue: None,
        division: None,
        permission: "presence:view".to_owned(),
    }]));
    stage.obey(vec![Effect::Ask(Wish::Subscribe(vec![whole.clone()]))]);
    stage.until("the refusal of a part", |monitor| {
        matches!(standing(monitor, &part), Some(Asked::Rejected(_)))
            && standing(monitor, &whole) == permitted
    });

    // what is subscribed next asks for all anew
    stage.simulator.play(&forbid(&[]));
    let station = Topic::received(&format!("v2.users.{user}.station"));
    stage.obey(vec![Effect::Ask(Wish::Subscribe(vec![station]))]);
    stage.until("the part", |monitor| standing(monitor, &part) == Some(Asked::No));
    assert_eq!(standing(&stage.monitor, &whole), permitted);
    assert!(stage.monitor.topics.watched().contains(&part));
    stage.person.press(&stage.monitor, &[Char('5')]);
    stage.person.find(&stage.monitor, "?presence");
    let rows = |stage: &mut Stage, what: &str| {
        let screen = stage.person.screen(&stage.monitor);
        let rows = screen.lines().filter(|line| line.contains(what)).count();
        (rows, screen)
    };
    let (parts, screen) = rows(&mut stage, "· users.");
    assert_eq!(parts, 0, "{screen}");
    assert!(screen.contains("+ users.") && screen.contains("3 topics in one"), "{screen}");
    stage.person.press(&stage.monitor, &[Char('e')]);
    let (parts, screen) = rows(&mut stage, "· users.");
    assert_eq!(parts, 3, "{screen}");
    assert!(stage.source.stop(Duration::from_secs(5)));
    stage.runtime.block_on(stage.simulator.stop());
}
