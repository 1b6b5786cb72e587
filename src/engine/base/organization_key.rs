//! Which organization something belongs to: at which vendor, at which endpoint, by which id.
//!
//! How that is known is no part of it ([`Known`]): what is kept of an organization stays when that changes.

use crate::engine::base::checks::forbids;
use std::fmt;
use std::rc::Rc;
use url::Url;

/// The root of a vendor's API, however it is spelled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint(Rc<str>);

impl Endpoint {
    /// That of an address: scheme, host, the port that is meant, and the path without a slash at its end. The
    /// parser has lowered the host and taken dots out of the path.
    pub fn of(address: &Url) -> Self {
        if !forbids!(OneSpelling) {
            return Self(address.as_str().into());
        }
        // A dot at the end of a host's name says that it is whole.
        let host = address.host_str().unwrap_or_default();
        let host = host.strip_suffix('.').unwrap_or(host);
        let port = address.port_or_known_default().unwrap_or_default();
        let path = address.path().trim_end_matches('/');
        Self(format!("{}://{host}:{port}{path}", address.scheme()).into())
    }

    /// The part before the path: whoever may write an endpoint may write any path.
    pub fn origin(&self) -> &str {
        let host = self.0.find("://").map_or(0, |at| at + 3);
        self.0[host..].find('/').map_or(&self.0, |at| &self.0[..host + at])
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One organization. Everything that belongs to it, and not to an object that names it, is kept by this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrganizationKey {
    /// The vendor.
    pub vendor: &'static str,
    /// Where it is reached.
    pub endpoint: Endpoint,
    /// Its id there.
    pub id: Rc<str>,
}

/// How it is known that a token belongs to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// The vendor's answers show it.
    Proven,
    /// The vendor can show nothing, and a person says it.
    Asserted,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn endpoint(text: &str) -> Endpoint {
        Endpoint::of(&Url::parse(text).unwrap())
    }

    #[test]
    fn every_spelling_of_an_address_is_one_endpoint() {
        let table: [(&str, &[&str]); 4] = [
            (
                "https://api.example.com",
                &[
                    "https://API.Example.com",
                    "HTTPS://api.example.com:443/",
                    "https://api.example.com/",
                    "https://api.example.com//",
                    "https://api.example.com./",
                    "https://api.example.com/a/..",
                ],
            ),
            ("http://127.0.0.1:80/x", &["http://127.1/x/", "http://0x7f.0.0.1:80/x"]),
            ("http://[::1]:8080", &["http://[0:0:0:0:0:0:0:1]:8080/"]),
            ("https://gw.example.com/v1", &["https://gw.example.com/a/../v1/"]),
        ];
        for (one, others) in table {
            for other in others {
                assert_eq!(endpoint(one), endpoint(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn what_may_be_another_place_is_another_endpoint() {
        let different = [
            "https://api.example.com",
            "http://api.example.com",
            "https://api.example.com:8443",
            "https://api.example.com/v1",
            "https://api.example.com/V1",
            "https://api2.example.com",
        ];
        for (place, one) in different.iter().enumerate() {
            for other in &different[place + 1..] {
                assert_ne!(endpoint(one), endpoint(other));
            }
        }
    }

    proptest! {
        /// Case of scheme and host, the port that goes without saying, and slashes at the end say nothing.
        #[test]
        fn spelling_says_nothing(
            host in "[a-z]{1,8}(\\.[a-z]{1,8}){0,2}",
            upper in any::<u64>(),
            port in any::<bool>(),
            slashes in 0_usize..3,
            path in "(/[a-z0-9]{1,4}){0,2}",
        ) {
            let spelled: String = host
                .chars()
                .enumerate()
                .map(|(place, c)| if upper >> (place % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c })
                .collect();
            let port = if port { ":443" } else { "" };
            let other = format!("HTTPS://{spelled}{port}{path}{}", "/".repeat(slashes));
            prop_assert_eq!(endpoint(&format!("https://{host}{path}")), endpoint(&other));
        }
    }
}
