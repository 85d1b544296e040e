//! Walks a JSON text and writes it again with what tells who people are replaced.
//!
//! Streaming: no tree is built, the order of members stays. Numbers may be spelt another way
//! (`1.50` as `1.5`), never another number.
use super::fields::{
    Rule, is_constant, is_field, is_free, is_version, keeps_number, keeps_time, rule,
};
use super::pseudonym::{Pseudonyms, is_time};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Write};

/// The text redacted; `None` if it isn't JSON, or too deep to be walked.
pub(super) fn redact(pseudonyms: &Pseudonyms, text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut reader = serde_json::Deserializer::from_str(text);
    let walk = Walk { pseudonyms, out: &mut out, name: "", parent: "", free: false, comma: false };
    walk.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(out)
}

struct Walk<'a> {
    pseudonyms: &'a Pseudonyms,
    out: &'a mut String,
    /// The field whose value this is; elements of a list have that of the list.
    name: &'a str,
    /// The field in whose object that field is.
    parent: &'a str,
    /// Whether this is inside of something that the organisation names itself.
    free: bool,
    /// Whether a comma belongs before it.
    comma: bool,
}

impl Walk<'_> {
    fn begin(&mut self) {
        if self.comma {
            self.out.push(',');
        }
    }

    fn string(&mut self, text: &str) {
        // a string can always be written as JSON
        self.out.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned()));
    }

    fn number(&mut self, value: f64, written: &str) {
        self.begin();
        let is_one = self.pseudonyms.vocabulary().has_number(self.name, self.parent);
        let keeps = !self.free && is_one && keeps_number(self.name, value);
        self.out.push_str(if keeps { written } else { "0" });
    }

    fn masked(&self, text: &str) -> String {
        let pseudonyms = self.pseudonyms;
        if self.free {
            return pseudonyms.text(text);
        }
        let rule = rule(self.name, self.parent);
        match rule {
            Rule::Word if pseudonyms.keeps_word(text) => text.to_owned(),
            _ if is_time(text) && keeps_time(self.name) => text.to_owned(),
            _ if is_constant(text) => text.to_owned(),
            _ if is_version(self.name, self.parent, text) => text.to_owned(),
            Rule::Topic => pseudonyms.topic(text),
            Rule::Id => pseudonyms.id(text),
            Rule::Name(kind) => pseudonyms.name_or_address(kind, text),
            Rule::Address => pseudonyms.address(text),
            Rule::Word | Rule::Mask => pseudonyms.text(text),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.begin();
        self.out.push_str("null");
        Ok(())
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        self.begin();
        let keeps = !self.free && self.pseudonyms.vocabulary().has_flag(self.name);
        self.out.push_str(if value && keeps { "true" } else { "false" });
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "only its magnitude is looked at")]
    fn visit_i64<E: Error>(mut self, value: i64) -> Result<(), E> {
        self.number(value as f64, &value.to_string());
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "only its magnitude is looked at")]
    fn visit_u64<E: Error>(mut self, value: u64) -> Result<(), E> {
        self.number(value as f64, &value.to_string());
        Ok(())
    }

    fn visit_f64<E: Error>(mut self, value: f64) -> Result<(), E> {
        let mut written = String::new();
        // JSON has no other than finite numbers, and those can be written
        let _ = write!(written, "{}", serde_json::Value::from(value));
        self.number(value, &written);
        Ok(())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.begin();
        let masked = self.masked(text);
        self.string(&masked);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        self.begin();
        self.out.push('[');
        let mut comma = false;
        while list
            .next_element_seed(Walk {
                pseudonyms: self.pseudonyms,
                out: self.out,
                name: self.name,
                parent: self.parent,
                free: self.free,
                comma,
            })?
            .is_some()
        {
            comma = true;
        }
        self.out.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.begin();
        self.out.push('{');
        let mut comma = false;
        let free = self.free || is_free(self.name);
        while let Some(name) = map.next_key::<String>()? {
            if comma {
                self.out.push(',');
            }
            comma = true;
            let is_field = is_field(&name);
            if free || !is_field {
                let pseudonym = self.pseudonyms.id(&name);
                self.string(&pseudonym);
            } else {
                self.string(&name);
            }
            self.out.push(':');
            map.next_value_seed(Walk {
                pseudonyms: self.pseudonyms,
                out: self.out,
                name: &name,
                parent: self.name,
                // a member that is named like data stands among data
                free: free || !is_field,
                comma: false,
            })?;
        }
        self.out.push('}');
        Ok(())
    }
}
