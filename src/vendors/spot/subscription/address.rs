//! Where events go: what fits which protocol.

use crate::api::spot::Protocol;
use std::borrow::Cow;
use url::Url;

/// The most characters of one, as in the manifest.
const MAX: usize = 2048;

/// Whether events can be told there by that protocol. As the manifest's schema asks of one that stands in the
/// manifest itself.
pub fn fits(protocol: Protocol, address: &str) -> bool {
    let length = 1..=MAX;
    length.contains(&address.chars().count())
        && !address.contains(char::is_whitespace)
        && match protocol {
            Protocol::Web => is_url(address, &["https", "http"]),
            Protocol::Https => is_url(address, &["https"]),
            Protocol::Http => is_url(address, &["http"]),
            Protocol::Email | Protocol::EmailJson => is_mail_address(address),
            Protocol::AwsSns => is_topic(address),
        }
}

/// Whether both are one place. Of a mail address the host is the same in either case, and nothing else is.
pub(super) fn is_same(protocol: &str, one: &str, other: &str) -> bool {
    let mail = [Protocol::Email, Protocol::EmailJson].iter().any(|mail| mail.as_str() == protocol);
    let same_mail = |((name, host), (other_name, other_host)): ((&str, &str), (&str, &str))| {
        name == other_name && host.eq_ignore_ascii_case(other_host)
    };
    one == other || mail && one.rsplit_once('@').zip(other.rsplit_once('@')).is_some_and(same_mail)
}

/// The one spelling of all those of a place.
pub fn spelled(protocol: Protocol, address: &str) -> Cow<'_, str> {
    match (protocol, address.rsplit_once('@')) {
        (Protocol::Email | Protocol::EmailJson, Some((name, host))) => {
            Cow::Owned(format!("{name}@{}", host.to_ascii_lowercase()))
        }
        _ => Cow::Borrowed(address),
    }
}

/// What fits, in words.
pub const fn form(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Web => "an address that begins with https:// or http://",
        Protocol::Https => "an address that begins with https://",
        Protocol::Http => "an address that begins with http://",
        Protocol::Email | Protocol::EmailJson => "an e-mail address",
        Protocol::AwsSns => "the ARN of a topic",
    }
}

fn is_url(address: &str, schemes: &[&str]) -> bool {
    let begins = schemes.iter().any(|scheme| {
        address
            .strip_prefix(scheme)
            .and_then(|rest| rest.strip_prefix("://"))
            .is_some_and(|host| host.starts_with(|first: char| !matches!(first, '/' | '?' | '#')))
    });
    begins && Url::parse(address).is_ok()
}

fn is_mail_address(address: &str) -> bool {
    let Some((name, host)) = address.split_once('@') else { return false };
    let labels = host.rsplit_once('.');
    !name.is_empty()
        && !host.contains('@')
        && labels.is_some_and(|(host, last)| !host.is_empty() && !last.is_empty())
}

/// `arn:aws:sns:us-east-1:123456789012:topic`, of any partition; the name of a FIFO topic ends in `.fifo`.
fn is_topic(address: &str) -> bool {
    let parts: Vec<&str> = address.split(':').collect();
    let ["arn", partition, "sns", region, account, name] = parts[..] else { return false };
    let of = |text: &str, allowed: fn(u8) -> bool| !text.is_empty() && text.bytes().all(allowed);
    let small = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    let rest = partition.strip_prefix("aws");
    rest.is_some_and(|rest| rest.bytes().all(small))
        && of(region, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && account.len() == 12
        && of(account, |byte| byte.is_ascii_digit())
        && of(name.strip_suffix(".fifo").unwrap_or(name), |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Protocol; 6] = [
        Protocol::Http,
        Protocol::Https,
        Protocol::Email,
        Protocol::EmailJson,
        Protocol::AwsSns,
        Protocol::Web,
    ];

    #[test]
    fn the_host_of_a_mail_address_is_the_same_in_either_case() {
        let table = [
            ("ops@example.com", "ops@Example.COM", true),
            ("ops@example.com", "Ops@example.com", false),
            ("ops@example.com", "ops@example.org", false),
        ];
        for (one, other, mail) in table {
            for protocol in ALL {
                let same = mail && matches!(protocol, Protocol::Email | Protocol::EmailJson);
                assert_eq!(is_same(protocol.as_str(), one, other), same, "{one} {other} {protocol:?}");
                assert_eq!(
                    spelled(protocol, one) == spelled(protocol, other),
                    same,
                    "{one} {other} {protocol:?}"
                );
            }
        }
    }

    #[test]
    fn what_fits_which_protocol() {
        use Protocol::{AwsSns, Email, EmailJson, Http, Https, Web};
        let long = format!("https://example.com/{}", "x".repeat(MAX));
        let table: [(&str, &[Protocol]); 24] = [
            ("https://example.com", &[Https, Web]),
            ("https://example.com:8443/a?b=c#d", &[Https, Web]),
            ("http://example.com/hook", &[Http, Web]),
            ("ops@example.com", &[Email, EmailJson]),
            ("arn:aws:sns:us-east-1:123456789012:spot", &[AwsSns]),
            ("arn:aws-us-gov:sns:us-gov-west-1:123456789012:spot_a-b.fifo", &[AwsSns]),
            ("", &[]),
            (&long, &[]),
            ("https://", &[]),
            ("https:///path", &[]),
            ("https://[1::", &[]),
            ("http://example.com:port", &[]),
            ("https://exa mple.com", &[]),
            ("ftp://example.com", &[]),
            ("example.com", &[]),
            ("HTTPS://example.com", &[]),
            ("ops@example", &[]),
            ("ops@example.", &[]),
            ("a@b@example.com", &[]),
            ("@example.com", &[]),
            ("arn:aws:sqs:us-east-1:123456789012:spot", &[]),
            ("arn:aws:sns:us-east-1:12345678901:spot", &[]),
            ("arn:aws:sns:us-east-1:123456789012:", &[]),
            ("arn:aws:sns:us-east-1:123456789012:a:b", &[]),
        ];
        for (address, fitting) in table {
            for protocol in ALL {
                assert_eq!(fits(protocol, address), fitting.contains(&protocol), "{address} {protocol:?}");
            }
        }
    }
}
