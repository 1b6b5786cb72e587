//! Durations as people write them.

use orgkeeper::api::duration::GoDuration;
use proptest::prelude::*;
use std::time::Duration;

#[test]
fn what_is_a_duration() {
    let table = [
        ("5m", Duration::from_mins(5)),
        ("90s", Duration::from_secs(90)),
        ("1h30m", Duration::from_mins(90)),
        ("1h0m5s", Duration::from_secs(3605)),
        ("1.5h", Duration::from_mins(90)),
        ("0.25s", Duration::from_millis(250)),
        ("250ms", Duration::from_millis(250)),
        ("1s500ms", Duration::from_millis(1500)),
        ("30s1m", Duration::from_secs(90)),
        ("0s", Duration::ZERO),
        ("000060s", Duration::from_mins(1)),
        ("0.000001h", Duration::from_micros(3600)),
        ("999999h", Duration::from_hours(999_999)),
    ];
    for (text, wanted) in table {
        assert_eq!(text.parse().map(GoDuration::get), Ok(wanted), "{text}");
    }
}

#[test]
fn what_is_not() {
    for text in [
        "",
        "5",
        "m",
        "5 m",
        " 5m",
        "5m ",
        "-5m",
        "+5m",
        "5M",
        "5min",
        "1d",
        "1.m",
        ".5m",
        "1..5m",
        "1.5.5m",
        "5m5",
        "1e3s",
        "5us",
        "99999999999999999999s",
        "5124095576030432h",
        "٥m",
    ] {
        let error = text.parse::<GoDuration>().expect_err(text);
        assert!(error.to_string().contains("5m, 90s or 1h30m"), "{error}");
    }
}

#[test]
fn the_shortest_form_is_written() {
    let table = [
        ("90m", "1h30m"),
        ("60s", "1m"),
        ("3600s", "1h"),
        ("0m", "0s"),
        ("1h0m5s", "1h5s"),
        ("1500ms", "1.5s"),
        ("60.25s", "1m0.25s"),
    ];
    for (text, wanted) in table {
        assert_eq!(text.parse::<GoDuration>().unwrap().to_string(), wanted, "{text}");
    }
}

#[test]
fn it_is_a_string_in_json() {
    let parsed: GoDuration = serde_json::from_str("\"5m\"").unwrap();
    assert_eq!(serde_json::to_string(&parsed).unwrap(), "\"5m\"");
    assert!(serde_json::from_str::<GoDuration>("\"soon\"").is_err());
    assert!(serde_json::from_str::<GoDuration>("300").is_err());
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(nanos in 0_u64..=u64::MAX / 2) {
        let duration = GoDuration::from(Duration::from_nanos(nanos));
        prop_assert_eq!(duration.to_string().parse::<GoDuration>(), Ok(duration));
    }

    #[test]
    fn parts_add_up(hours in 0_u64..10_000, minutes in 0_u64..10_000, seconds in 0_u64..10_000, millis in 0_u64..10_000) {
        let text = format!("{hours}h{minutes}m{seconds}s{millis}ms");
        let wanted = Duration::from_secs(hours * 3600 + minutes * 60 + seconds) + Duration::from_millis(millis);
        prop_assert_eq!(text.parse::<GoDuration>().map(GoDuration::get), Ok(wanted));
    }

    #[test]
    fn nothing_makes_it_panic(text in "[0-9hms.µ-]{0,24}|\\PC*") {
        let _ = text.parse::<GoDuration>();
    }
}
