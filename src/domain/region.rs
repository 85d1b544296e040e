//! The service's regions and the hosts that belong to them.
//!
//! Must not know how a host is reached. Source of the table: the region list of the vendor's own
//! software development kits; new regions keep being added, so a bare domain is accepted too.
use super::nearest::nearest;
use std::fmt;
use thiserror::Error;

/// Region id and domain of every region that the vendor's kits know.
pub const REGIONS: [(&str, &str); 18] = [
    ("us-east-1", "mypurecloud.com"),
    ("us-east-2", "use2.us-gov-pure.cloud"),
    ("us-west-2", "usw2.pure.cloud"),
    ("ca-central-1", "cac1.pure.cloud"),
    ("mx-central-1", "mxc1.pure.cloud"),
    ("sa-east-1", "sae1.pure.cloud"),
    ("eu-west-1", "mypurecloud.ie"),
    ("eu-west-2", "euw2.pure.cloud"),
    ("eu-central-1", "mypurecloud.de"),
    ("eu-central-2", "euc2.pure.cloud"),
    ("eusc-de-east-1", "edee1.eusc-pure.cloud"),
    ("me-central-1", "mec1.pure.cloud"),
    ("ap-south-1", "aps1.pure.cloud"),
    ("ap-southeast-1", "apse1.pure.cloud"),
    ("ap-southeast-2", "mypurecloud.com.au"),
    ("ap-northeast-1", "mypurecloud.jp"),
    ("ap-northeast-2", "apne2.pure.cloud"),
    ("ap-northeast-3", "apne3.pure.cloud"),
];

/// A region: a known one, or the bare domain of one that is newer than this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    id: Option<&'static str>,
    domain: String,
}

/// What was typed is neither a region's id nor a domain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no region \"{typed}\"{} The regions are {}; or give a bare domain such as usw2.pure.cloud",
    .nearest.map_or(".".to_owned(), |near| format!(", did you mean {near}?")),
    REGIONS.map(|(id, _)| id).join(", "))]
pub struct UnknownRegion {
    /// What was typed, shortened.
    pub typed: String,
    /// The id that is most alike, if any is.
    pub nearest: Option<&'static str>,
}

impl Region {
    /// Reads a region id (`us-east-1`), a bare domain (`mypurecloud.ie`), or one of the region's
    /// addresses (`https://api.mypurecloud.ie/…`), as people paste them.
    ///
    /// # Errors
    /// [`UnknownRegion`] with the nearest id when it is neither.
    pub fn parse(typed: &str) -> Result<Self, UnknownRegion> {
        let text = typed.trim().to_ascii_lowercase();
        if let Some(&(id, domain)) = REGIONS.iter().find(|(id, _)| *id == text) {
            return Ok(Self { id: Some(id), domain: domain.to_owned() });
        }
        let host = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
        let host = host.split(['/', ':', '?']).next().unwrap_or_default();
        let domain = ["api.", "login.", "streaming.", "apps."]
            .iter()
            .find_map(|prefix| host.strip_prefix(prefix))
            .unwrap_or(host);
        if !is_domain(domain) {
            return Err(UnknownRegion {
                typed: typed.chars().filter(|character| !character.is_control()).take(64).collect(),
                nearest: nearest(&text, REGIONS.map(|(id, _)| id), 1).first().copied(),
            });
        }
        let id = REGIONS.iter().find(|(_, known)| *known == domain).map(|(id, _)| *id);
        Ok(Self { id, domain: domain.to_owned() })
    }

    /// The region's id, or its domain where it has no known id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.unwrap_or(&self.domain)
    }

    /// The region's domain, under which all of its hosts are.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Base address of the login host, without a slash at its end.
    #[must_use]
    pub fn login_url(&self) -> String {
        format!("https://login.{}", self.domain)
    }

    /// Base address of the API host, without a slash at its end.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("https://api.{}", self.domain)
    }

    /// Host name of the streaming service, to which every `connectUri` of the region points.
    #[must_use]
    pub fn streaming_host(&self) -> String {
        format!("streaming.{}", self.domain)
    }
}

/// The domains of all known regions.
pub fn known_domains() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(_, domain)| *domain)
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Whether `text` has the form of a domain name with at least two labels.
fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
        && !text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{REGIONS, Region};

    #[test]
    fn every_region_is_found_by_id_by_domain_and_by_its_addresses() {
        for (id, domain) in REGIONS {
            for typed in [
                id.to_owned(),
                id.to_uppercase(),
                domain.to_owned(),
                format!("https://api.{domain}/api/v2"),
                format!("login.{domain}"),
            ] {
                let region = Region::parse(&typed).unwrap();
                assert_eq!(region.name(), id, "{typed}");
                assert_eq!(region.api_url(), format!("https://api.{domain}"));
            }
        }
    }

    #[test]
    fn a_newer_region_is_taken_by_its_domain() {
        let region = Region::parse("usx9.pure.cloud").unwrap();
        assert_eq!(region.name(), "usx9.pure.cloud");
        assert_eq!(region.streaming_host(), "streaming.usx9.pure.cloud");
    }

    #[test]
    fn what_is_no_region_names_the_nearest_and_the_list() {
        let error = Region::parse("us-est-1").unwrap_err();
        assert_eq!(error.nearest, Some("us-east-1"));
        assert!(error.to_string().contains(", did you mean us-east-1? The regions are"));
        assert!(error.to_string().contains("ap-northeast-3"));
        for typed in ["", " ", "127.0.0.1", "a..b", "-x.com", "us east", "\u{1b}[31mx"] {
            assert!(Region::parse(typed).is_err(), "{typed:?}");
        }
    }
}
