//! What stands in the place of an id, a name, an address, a text.
//!
//! All of it is a keyed hash of what it replaces: equal stays equal, and without the key nothing
//! can be tried out. SHA-256 with the key in front is enough here: the key's length is fixed and
//! only a part of the result is shown.
use crate::domain::schema::Vocabulary;
use sha2::{Digest, Sha256};

/// Longest word of the service that is kept, in characters; the longest that are known have 40.
const MAX_WORD_CHARACTERS: usize = 60;
/// Longest masked text, in characters: it shows how much there was, not what.
const MAX_MASK_CHARACTERS: usize = 512;

/// Words of the service that the vendor's kits leave out.
const OTHER_WORDS: &[&str] = &["initiating", "parking", "permitted", "skip", "subscribed"];

/// Parts of paths within the API that name a kind of thing; any other part may be a name.
const PATH_WORDS: &[&str] = &[
    "actionmaps",
    "alerting",
    "analytics",
    "api",
    "architect",
    "authorization",
    "businessunits",
    "callbacks",
    "calls",
    "campaigns",
    "chats",
    "coaching",
    "cobrowsesessions",
    "communications",
    "contactlists",
    "contacts",
    "contentmanagement",
    "conversations",
    "customers",
    "divisions",
    "documents",
    "edges",
    "emails",
    "evaluations",
    "externalcontacts",
    "flows",
    "forms",
    "groups",
    "internalmessages",
    "journey",
    "languages",
    "learning",
    "locations",
    "managementunits",
    "messages",
    "messaging",
    "messagings",
    "organizations",
    "outbound",
    "participants",
    "phones",
    "presence",
    "presencedefinitions",
    "presences",
    "providers",
    "quality",
    "queues",
    "recordings",
    "responses",
    "routing",
    "scripts",
    "sessions",
    "skills",
    "socialexpressions",
    "speechandtextanalytics",
    "stations",
    "surveys",
    "taskmanagement",
    "teams",
    "telephony",
    "transcripts",
    "users",
    "v2",
    "videos",
    "voicemail",
    "workforcemanagement",
    "workitems",
    "wrapupcodes",
];

/// The keyed hash, and the words that need none.
pub(super) struct Pseudonyms {
    key: [u8; 32],
    vocabulary: Vocabulary,
}

impl Pseudonyms {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key, vocabulary: Vocabulary::read() }
    }

    /// What the service has in its fields.
    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whether it is a word that the service chose: one from its lists, a short number, one in
    /// capitals with underscores, or the name of a metric. Rejected: all that looks like a word, which
    /// `Smith` does.
    pub(super) fn keeps_word(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_number = bytes.len() <= 4 && bytes.iter().all(u8::is_ascii_digit);
        let is_constant = text.contains('_')
            && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
        let is_metric = matches!(bytes, [b'n' | b'o' | b't', next, ..] if next.is_ascii_uppercase())
            && bytes.iter().all(u8::is_ascii_alphabetic);
        is_word(text)
            && (is_number
                || is_constant
                || is_metric
                || self.vocabulary.has_word(text)
                || OTHER_WORDS.contains(&text.to_ascii_lowercase().as_str()))
    }

    fn hash(&self, kind: &str, value: &str) -> [u8; 16] {
        let mut hasher = Sha256::new();
        hasher.update(self.key);
        hasher.update(kind.as_bytes());
        hasher.update([0]);
        hasher.update(value.as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&hasher.finalize()[..16]);
        short
    }

    fn number(&self, kind: &str, value: &str) -> u64 {
        let hash = self.hash(kind, value);
        hash[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// An id, the same for every spelling of its case; a UUID stays one.
    pub(super) fn id(&self, id: &str) -> String {
        if id.is_empty() {
            return String::new();
        }
        let lowered = id.to_ascii_lowercase();
        let hash = self.hash("id", &lowered);
        if !is_uuid(&lowered) {
            let hex: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
            return format!("id-{hex}");
        }
        let mut hash = hash;
        // as a random UUID has it, so that programs that look find nothing odd
        hash[6] = hash[6] & 0x0f | 0x40;
        hash[8] = hash[8] & 0x3f | 0x80;
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// A name, as "Queue 48213": `kind` says what it is the name of.
    pub(super) fn name(&self, kind: &str, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        format!("{kind} {}", self.number("name", name) % 100_000)
    }

    /// A name that may be an address instead, as participants' names are.
    pub(super) fn name_or_address(&self, kind: &str, text: &str) -> String {
        if looks_like_address(text) { self.text(text) } else { self.name(kind, text) }
    }

    /// Any other text by its shape: addresses stay addresses, numbers keep their length, text
    /// keeps a coarse length. Nothing of what was written is left.
    pub(super) fn text(&self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        if is_uuid(text) {
            return self.id(text);
        }
        let number = self.number("text", text);
        let (prefix, bare) = match text.split_once(':') {
            Some((scheme @ ("tel" | "sip" | "sips" | "mailto"), bare)) => (Some(scheme), bare),
            _ => (None, text),
        };
        let scheme = prefix.map_or(String::new(), |prefix| format!("{prefix}:"));
        if bare.contains('@') && !bare.contains(char::is_whitespace) {
            return format!("{scheme}m{:05}@masked.invalid", number % 100_000);
        }
        let digits = bare.chars().filter(char::is_ascii_digit).count();
        let only_number = bare.chars().all(|c| c.is_ascii_digit() || "+-() .".contains(c));
        if only_number && digits >= 3 {
            let plus = if bare.starts_with('+') { "+" } else { "" };
            // zeroes in front: no country and no area has them, so nobody has this number
            return format!(
                "{scheme}{plus}{:0width$}",
                number % 10_000,
                width = digits.clamp(4, 20)
            );
        }
        let length = text.chars().count().next_power_of_two().clamp(8, MAX_MASK_CHARACTERS);
        let mut mask = String::with_capacity(length);
        while mask.len() + 10 <= length {
            mask.push_str("xxxx ");
        }
        format!("{mask}x{:05}", number % 100_000)
    }

    /// A topic's name: words stay, all else is taken for an id. What isn't one is masked.
    pub(super) fn topic(&self, name: &str) -> String {
        if name.split_once('.').is_none_or(|(first, _)| first != "v2" && first != "channel") {
            return self.text(name);
        }
        let mut out = String::with_capacity(name.len());
        let mut segment = String::new();
        for character in name.chars() {
            if matches!(character, '.' | '?' | '&') {
                out.push_str(&self.topic_segment(&segment));
                out.push(character);
                segment.clear();
            } else {
                segment.push(character);
            }
        }
        out.push_str(&self.topic_segment(&segment));
        out
    }

    fn topic_segment(&self, segment: &str) -> String {
        let is_word = segment.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
        if segment == "v2" || is_word && segment.len() <= MAX_WORD_CHARACTERS {
            segment.to_owned()
        } else {
            self.id(segment)
        }
    }

    /// The path of a resource within the API, with its ids replaced; any other address is gone.
    pub(super) fn address(&self, address: &str) -> String {
        if address.is_empty() {
            return String::new();
        }
        let path = address.split(['?', '#']).next().unwrap_or_default();
        if !path.starts_with("/api/v2/") {
            return "masked:address".to_owned();
        }
        let kept = |part: &str| PATH_WORDS.contains(&part) || part.is_empty();
        let parts = path.split('/');
        let parts = parts.map(|part| if kept(part) { part.to_owned() } else { self.id(part) });
        parts.collect::<Vec<_>>().join("/")
    }
}

/// Whether it is a word of the service's own, as enumerations have them. No spaces and few digits:
/// a name or number in a field that should hold such a word is not taken for one.
pub(super) fn is_word(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= MAX_WORD_CHARACTERS
        && digits <= 4
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/'))
}

/// Whether it is a time or an interval: it begins with a year, month, day and `T`, and has nothing
/// that is not in a time.
pub(super) fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 16
        && bytes.len() <= 70
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[10] == b'T'
        && bytes.iter().all(|byte| byte.is_ascii_digit() || b"-:.TZ+/".contains(byte))
}

/// Whether it is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn looks_like_address(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.contains('@') || digits >= 7 || text.starts_with("tel:") || text.starts_with("sip:")
}
