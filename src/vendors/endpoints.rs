//! Where tokens may be sent.
//!
//! Who may write an organization's manifest can name an endpoint, and what is there gets the
//! token. So the operator's flag `--allowed-endpoints` lists what may be named; a vendor's own
//! service always may by its own manifests, where it has one address for all.

use std::str::FromStr;

use url::Url;

/// What an address looks like, where no vendor has one.
const EXAMPLE: &str = "https://vendor.example";

/// The endpoints that manifests may name besides each vendor's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedEndpoints(Vec<Url>);

/// Why an endpoint, or an entry of the list, is refused; says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EndpointError(String);

impl FromStr for AllowedEndpoints {
    type Err = EndpointError;

    /// Reads a comma-separated list of addresses: scheme, host, port, and optionally a path that
    /// endpoints must begin with. Plain `http` is allowed only where an entry says so.
    fn from_str(list: &str) -> Result<Self, EndpointError> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(|entry| parse(entry, EXAMPLE)).collect::<Result<_, _>>().map(Self)
    }
}

impl AllowedEndpoints {
    /// The address, if a vendor's manifests may name it; `own` are those of its own service.
    pub fn check(&self, own: &[&str], endpoint: &str) -> Result<Url, EndpointError> {
        let example = own.first().copied().unwrap_or(EXAMPLE);
        let url = parse(endpoint, example)?;
        let own = own.iter().filter_map(|entry| Url::parse(entry).ok());
        if own.chain(self.0.iter().cloned()).any(|entry| admits(&entry, &url)) {
            return Ok(url);
        }
        let why = match url.scheme() {
            "http" => "is not encrypted and not an allowed endpoint: use https, or ask who runs orgkeeper",
            _ => "is not an allowed endpoint: ask who runs orgkeeper",
        };
        Err(EndpointError(format!("{url} {why} to add it to --allowed-endpoints")))
    }
}

fn admits(entry: &Url, url: &Url) -> bool {
    let prefix = entry.path().trim_end_matches('/');
    let below = url.path().strip_prefix(prefix);
    entry.origin() == url.origin() && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An address that can stand before a path. Messages never repeat what could hold a password.
fn parse(text: &str, example: &str) -> Result<Url, EndpointError> {
    let refuse = |why: &str| {
        let shown = if text.contains('@') { "the endpoint" } else { text };
        Err(EndpointError(format!("{shown}: {why}; write it like {example}")))
    };
    let Ok(url) = Url::parse(text) else { return refuse("this is not an absolute address") };
    if !matches!(url.scheme(), "https" | "http") {
        return refuse("only https and http are spoken");
    }
    if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
        return refuse("an address must not hold a user or a password");
    }
    if text.contains('*') {
        return refuse("there are no wildcards: list each address");
    }
    if text.contains(['?', '#']) {
        return refuse("an endpoint has no query and no fragment");
    }
    // An escaped slash or dot may be undone behind the check, and lead out of the prefix.
    if url.path().contains('%') || url.path().contains("//") {
        return refuse("the path must be plain");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[&str] = &["https://api.spotinst.io"];

    fn allowed(list: &str) -> AllowedEndpoints {
        list.parse().expect("a good list")
    }

    #[test]
    fn a_vendor_s_own_is_always_allowed_to_its_manifests_and_to_no_other_s() {
        for list in ["", " , ", "https://gateway.example"] {
            let list = allowed(list);
            for own in ["https://api.spotinst.io", "https://API.spotinst.io:443/"] {
                assert!(list.check(OWN, own).is_ok(), "{list:?}");
                assert!(list.check(&["https://another.example"], own).is_err(), "{list:?}");
                assert!(list.check(&[], own).is_err(), "{list:?}");
            }
        }
    }

    #[test]
    fn an_example_is_the_vendor_s_own_where_it_has_one() {
        let said = |own| allowed("").check(own, "nowhere").expect_err("no address").to_string();
        assert!(said(OWN).ends_with("write it like https://api.spotinst.io"), "{}", said(OWN));
        assert!(said(&[]).ends_with("write it like https://vendor.example"), "{}", said(&[]));
    }

    #[test]
    fn entries_match_scheme_host_port_and_path() {
        let list = allowed("https://gw.example/spot, http://127.0.0.1:8200,https://other.example:8443/");
        let table = [
            ("https://gw.example/spot", true),
            ("https://gw.example/spot/", true),
            ("https://gw.example/spot/eu", true),
            ("https://gw.example/spotty", false),
            ("https://gw.example/", false),
            ("https://gw.example/spot/../admin", false),
            ("https://gw.example/spot/%2e%2e/admin", false),
            ("https://gw.example/spot/..%2fadmin", false),
            ("https://gw.example:444/spot", false),
            ("http://gw.example/spot", false),
            ("https://gw.example.evil.example/spot", false),
            ("https://gw.example@evil.example/spot", false),
            ("https://evil.example/https://gw.example/spot", false),
            ("http://127.0.0.1:8200", true),
            ("https://127.0.0.1:8200", false),
            ("http://127.0.0.1:8201", false),
            ("http://127.0.0.1", false),
            ("https://other.example:8443/anything", true),
            ("https://other.example", false),
            ("http://api.spotinst.io", false),
            ("https://api.spotinst.io.", false),
            ("ftp://api.spotinst.io", false),
            ("//api.spotinst.io", false),
            ("", false),
        ];
        for (endpoint, expected) in table {
            assert_eq!(list.check(OWN, endpoint).is_ok(), expected, "{endpoint}");
        }
    }

    #[test]
    fn bad_entries_are_refused_and_say_what_to_do() {
        let table = [
            ("api.spotinst.io", "absolute address"),
            ("https://*.example", "wildcards"),
            ("https://example/?a=b", "query"),
            ("https://example/#a", "fragment"),
            ("ftp://example", "https and http"),
            ("https://user:hunter2@example", "password"),
            ("https://user:hunter2@example:99999", "absolute address"),
            ("https://example/a%2fb", "plain"),
        ];
        for (entry, expected) in table {
            let error = entry.parse::<AllowedEndpoints>().expect_err(entry).to_string();
            assert!(error.contains(expected) && error.contains("write it like"), "{entry}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let error = allowed("").check(OWN, "http://example").expect_err("not listed").to_string();
        assert!(error.contains("not encrypted") && error.contains("--allowed-endpoints"), "{error}");
        let error = allowed("").check(OWN, "https://example").expect_err("not listed").to_string();
        assert!(error.contains("--allowed-endpoints") && !error.contains("encrypted"), "{error}");
    }
}
