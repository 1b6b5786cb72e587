//! What is refused, and what the refusal says.

use super::{
    ACCOUNT, AWS, GROUP_OF_USERS, Kind, MACHINE, ORGANIZATION, POLICY, PUBLISHED_POLICY, SUBSCRIPTION, USER,
    bad_in_accounts, bad_names, bad_notifications, bad_policies, bad_users, change, changed, create,
};
use crate::support::cluster::Cluster;

/// What is wrong with a create: the changes that spoil a good spec, the member that the refusal names, and what it says.
pub(super) type Bad = (Kind, &'static str, &'static str, &'static str);

const BAD_CREATES: &[Bad] = &[
    (ACCOUNT, "{name: '12345'}", "spec.name", "must contain a letter, such as payments-prod"),
    (ACCOUNT, "{name: ''}", "spec.name", "at least 1 chars"),
    (ACCOUNT, "{name: null}", "spec.name", "Required value"),
    (ACCOUNT, "{name: 7}", "spec.name", "must be of type string"),
    (ACCOUNT, "{organizationRef: null}", "spec.organizationRef", "Required value"),
    (ACCOUNT, "{organizationRef: {name: ''}}", "spec.organizationRef.name", "at least 1 chars"),
    (ACCOUNT, "{organizationRef: {name: Acme Inc}}", "spec.organizationRef.name", "should match '^[a-z0-9]"),
    (
        ACCOUNT,
        "{organizationRef: {namespace: a.b}}",
        "spec.organizationRef.namespace",
        "should match '^[a-z0-9]",
    ),
    (ACCOUNT, "{organizationRef: {id: '606079812345'}}", "spec.organizationRef.id", "unknown field"),
    (ACCOUNT, "{colour: red}", "spec.colour", "unknown field"),
    (ACCOUNT, "{allowed: [{namespaces: {from: All}}]}", "spec.allowed[0].kinds", "Required value"),
    (
        ACCOUNT,
        "{allowed: [{kinds: [SpotAccount], namespaces: {from: All}}]}",
        "spec.allowed[0].kinds[0]",
        "supported values: \"SpotUser\", \"SpotUserGroup\", \"CloudCredential\", \"EventSubscription\"",
    ),
    (
        ACCOUNT,
        "{allowed: [{kinds: [SpotUser], maxRole: Admin, namespaces: {from: All}}]}",
        "spec.allowed[0].maxRole",
        "supported values: \"Viewer\", \"Editor\"",
    ),
    (ACCOUNT, "{managementPolicy: Ignore}", "spec.managementPolicy", "\"Manage\", \"Observe\""),
    (ACCOUNT, "{driftPolicy: Fix}", "spec.driftPolicy", "\"Correct\", \"Report\""),
    (ACCOUNT, "{deletionPolicy: Retain}", "spec.deletionPolicy", "\"Orphan\", \"Delete\""),
    (ACCOUNT, "{suspend: 'yes'}", "spec.suspend", "must be of type boolean"),
    (ACCOUNT, "{adopt: {policy: Always}}", "spec.adopt.policy", "\"IfExists\", \"Never\", \"Required\""),
    (
        ACCOUNT,
        "{adopt: {policy: Never, id: act-1a2b3c4d}}",
        "spec.adopt.id",
        "remove adopt.id, or set adopt.policy",
    ),
    (ACCOUNT, "{adopt: {id: u-1a2b3c4d}}", "spec.adopt.id", "such as act-1a2b3c4d"),
    (
        ACCOUNT,
        "{slackNotificationChannels: [{}]}",
        "spec.slackNotificationChannels[0]",
        "exactly one of url and urlSecretRef",
    ),
    (
        ACCOUNT,
        "{slackNotificationChannels: [{url: 'https://hooks.slack.com/services/x', urlSecretRef: {name: a, key: b}}]}",
        "spec.slackNotificationChannels[0]",
        "exactly one of url and urlSecretRef",
    ),
    (
        ACCOUNT,
        "{slackNotificationChannels: [{url: hooks.slack.com}]}",
        "spec.slackNotificationChannels[0].url",
        "the whole address of a webhook, such as https://",
    ),
    (
        ACCOUNT,
        "{slackNotificationChannels: [{urlSecretRef: {name: slack}}]}",
        "spec.slackNotificationChannels[0].urlSecretRef.key",
        "Required value",
    ),
    (
        ACCOUNT,
        "{slackNotificationChannels: [{urlSecretRef: {name: slack, key: a/b}}]}",
        "spec.slackNotificationChannels[0].urlSecretRef.key",
        "should match '^[-._a-zA-Z0-9]+$'",
    ),
    (ORGANIZATION, "{organizationId: null}", "spec", "one of organizationId and create is needed"),
    (
        ORGANIZATION,
        "{create: {name: '123', tokenSecretRef: {name: parent-token, key: token}}}",
        "spec.create.name",
        "must contain a letter",
    ),
    (
        ORGANIZATION,
        "{create: {name: '', tokenSecretRef: {name: parent-token, key: token}}}",
        "spec.create.name",
        "should be at least 1 chars long",
    ),
    (ORGANIZATION, "{create: {name: Acme}}", "spec.create.tokenSecretRef", "Required value"),
    (
        ORGANIZATION,
        "{create: {name: Acme, tokenSecretRef: {name: spot-token, key: token}}}",
        "spec.create",
        "two different Secrets or keys",
    ),
    (ORGANIZATION, "{organizationId: acme}", "spec.organizationId", "in quotes, such as \"606079812345\""),
    (ORGANIZATION, "{organizationId: 606079812345}", "spec.organizationId", "must be of type string"),
    (
        ORGANIZATION,
        "{organizationId: '123456789012345678901'}",
        "spec.organizationId",
        "may not be more than 20",
    ),
    (ORGANIZATION, "{connection: null}", "spec.connection", "Required value"),
    (
        ORGANIZATION,
        "{connection: {tokenSecretRef: null}}",
        "spec.connection.tokenSecretRef",
        "Required value",
    ),
    (
        ORGANIZATION,
        "{connection: {endpoint: api.spotinst.io}}",
        "spec.connection.endpoint",
        "such as https://api.spotinst.io",
    ),
    (
        ORGANIZATION,
        "{connection: {endpoint: 'ftp://api.spotinst.io'}}",
        "spec.connection.endpoint",
        "http or https URL",
    ),
    (ORGANIZATION, "{connection: {endpoint: 'https:///v1'}}", "spec.connection.endpoint", "absolute"),
    (
        ORGANIZATION,
        "{connection: {endpoint: 'https://api.spotinst.io?a=b'}}",
        "spec.connection.endpoint",
        "without credentials, query",
    ),
    (
        ORGANIZATION,
        "{connection: {endpoint: 'https://api.spotinst.io/#a'}}",
        "spec.connection.endpoint",
        "or fragment",
    ),
    (
        ORGANIZATION,
        "{connection: {contract: Beta}}",
        "spec.connection.contract",
        "\"Auto\", \"Production\", \"Published\"",
    ),
    (
        ORGANIZATION,
        "{connection: {accountScope: Header}}",
        "spec.connection.accountScope",
        "supported values: \"Unverified\", \"Query\"",
    ),
    (
        ORGANIZATION,
        "{connection: {requestsPerMinute: 4}}",
        "spec.connection.requestsPerMinute",
        "greater than or equal to 5",
    ),
    (
        ORGANIZATION,
        "{connection: {requestsPerMinute: 10001}}",
        "spec.connection.requestsPerMinute",
        "less than or equal to 10000",
    ),
    (
        ORGANIZATION,
        "{connection: {caBundle: certificate}}",
        "spec.connection.caBundle",
        "-----BEGIN CERTIFICATE-----",
    ),
    (ORGANIZATION, "{resyncInterval: 5 minutes}", "spec.resyncInterval", "such as 5m, 90s or 1h30m"),
    (ORGANIZATION, "{resyncInterval: '300'}", "spec.resyncInterval", "such as 5m, 90s or 1h30m"),
    (ORGANIZATION, "{resyncInterval: -5m}", "spec.resyncInterval", "such as 5m, 90s or 1h30m"),
    (ORGANIZATION, "{resyncInterval: 9.999s}", "spec.resyncInterval", "at least 10s"),
    (ORGANIZATION, "{resyncInterval: 999999h999999h99m}", "spec.resyncInterval", "may not be more than 16"),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [SpotUser], maxRole: Owner, namespaces: {from: All}}]}",
        "spec.allowed[0].maxRole",
        "supported values: \"Viewer\", \"Editor\", \"Admin\"",
    ),
    (
        ORGANIZATION,
        "{guard: {maxDestructivePerHour: 0}}",
        "spec.guard.maxDestructivePerHour",
        "greater than or equal to 1",
    ),
    (
        ORGANIZATION,
        "{guard: {maxDestructivePerHour: 1001}}",
        "spec.guard.maxDestructivePerHour",
        "less than or equal to 1000",
    ),
    (
        ORGANIZATION,
        "{connection: {tokenUser: jo@example.com}}",
        "spec.connection.tokenUser",
        "should match '^p?u-[0-9a-zA-Z]+$'",
    ),
    (ORGANIZATION, "{driftPolicy: Report}", "spec.driftPolicy", "unknown field"),
    (ORGANIZATION, "{adopt: {policy: Required}}", "spec.adopt", "unknown field"),
    (ORGANIZATION, "{allowed: [{namespaces: {from: All}}]}", "spec.allowed[0].kinds", "Required value"),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [], namespaces: {from: All}}]}",
        "spec.allowed[0].kinds",
        "at least 1 items",
    ),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [Pod], namespaces: {from: All}}]}",
        "spec.allowed[0].kinds[0]",
        "\"SpotUserGroup\", \"AccessPolicy\", \"CloudCredential\", \"EventSubscription\"",
    ),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [SpotAccount, SpotAccount], namespaces: {from: All}}]}",
        "spec.allowed[0].kinds[1]",
        "Duplicate value",
    ),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [SpotAccount], namespaces: {from: Some}}]}",
        "spec.allowed[0].namespaces.from",
        "\"Same\", \"All\", \"Selector\"",
    ),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [SpotAccount], namespaces: {from: Selector}}]}",
        "spec.allowed[0].namespaces",
        "set from to Selector, or remove the selector",
    ),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [SpotAccount], namespaces: {from: All, selector: {matchLabels: {a: b}}}}]}",
        "spec.allowed[0].namespaces",
        "set from to Selector, or remove the selector",
    ),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [SpotAccount], namespaces: {from: Selector, selector: {}}}]}",
        "spec.allowed[0].namespaces.selector",
        "add matchLabels or matchExpressions, or write from: All",
    ),
    (
        ORGANIZATION,
        "{allowed: [{kinds: [SpotAccount], namespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: In}]}}}]}",
        "spec.allowed[0].namespaces.selector.matchExpressions[0]",
        "add values, or use Exists or DoesNotExist",
    ),
];

/// As above, for a change of an object that exists: what it has besides the least, and the change.
pub(super) type BadChange = (Kind, &'static str, &'static str, &'static str, &'static str);

const BAD_CHANGES: &[BadChange] = &[
    (ACCOUNT, "{}", "{organizationRef: {name: other}}", "spec.organizationRef", "create another SpotAccount"),
    (
        ACCOUNT,
        "{}",
        "{organizationRef: {namespace: other}}",
        "spec.organizationRef",
        "create another SpotAccount",
    ),
    (
        ACCOUNT,
        "{organizationRef: {namespace: platform}}",
        "{organizationRef: {namespace: null}}",
        "spec.organizationRef",
        "create another SpotAccount",
    ),
    (
        ACCOUNT,
        "{adopt: {id: act-1a2b3c4d}}",
        "{adopt: {id: act-ffffffff}}",
        "spec.adopt.id",
        "put the former value back",
    ),
    (
        ACCOUNT,
        "{adopt: {id: act-1a2b3c4d}}",
        "{adopt: {id: null}}",
        "spec.adopt.id",
        "put the former value back",
    ),
    (ACCOUNT, "{adopt: {id: act-1a2b3c4d}}", "{adopt: null}", "spec.adopt.id", "put the former value back"),
    (
        ACCOUNT,
        "{adopt: {id: act-1a2b3c4d}}",
        "{adopt: {policy: Never}}",
        "spec.adopt.id",
        "remove adopt.id, or set",
    ),
    (ACCOUNT, "{}", "{name: '12345'}", "spec.name", "must contain a letter"),
    (
        ORGANIZATION,
        "{}",
        "{organizationId: '606079899999'}",
        "spec.organizationId",
        "create another SpotOrganization",
    ),
    (
        ORGANIZATION,
        "{create: {name: Acme, tokenSecretRef: {name: parent-token, key: token}}}",
        "{organizationId: null}",
        "spec.organizationId",
        "cannot be changed or removed",
    ),
    (
        ORGANIZATION,
        "{create: {name: Acme, tokenSecretRef: {name: parent-token, key: token}}}",
        "{create: {name: Other}}",
        "spec.create",
        "cannot be changed, added or removed later",
    ),
    (
        ORGANIZATION,
        "{create: {name: Acme, tokenSecretRef: {name: parent-token, key: token}}}",
        "{create: null}",
        "spec.create",
        "cannot be changed, added or removed later",
    ),
    (
        ORGANIZATION,
        "{}",
        "{create: {name: Acme, tokenSecretRef: {name: parent-token, key: token}}}",
        "spec.create",
        "cannot be changed, added or removed later",
    ),
    (ORGANIZATION, "{}", "{resyncInterval: 1s}", "spec.resyncInterval", "at least 10s"),
];

fn complaint(refusal: &Result<serde_json::Value, String>, member: &str, says: &str) -> Option<String> {
    match refusal {
        Ok(_) => Some(format!("accepted, though {member} is wrong")),
        Err(message) if message.contains(member) && message.contains(says) => None,
        Err(message) => Some(format!("should name {member} and say {says:?}: {message}")),
    }
}

#[tokio::test]
async fn a_bad_manifest_is_refused_with_what_to_do() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let mut complaints = Vec::new();
    let more = [
        bad_users::CREATES,
        bad_policies::CREATES,
        bad_in_accounts::CREATES,
        bad_names::CREATES,
        bad_notifications::CREATES,
    ];
    let rows = [BAD_CREATES].into_iter().chain(more);
    for (kind, changes, member, says) in rows.into_iter().flatten() {
        let spec = changed((kind.spec)(), changes);
        let refusal = create(cluster, &namespace, *kind, "bad", &spec).await;
        complaints
            .extend(complaint(&refusal, member, says).map(|text| format!("{} {changes}: {text}", kind.name)));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test]
async fn a_bad_change_is_refused_with_what_to_do() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let mut complaints = Vec::new();
    let rows = [
        BAD_CHANGES,
        bad_users::CHANGES,
        bad_policies::CHANGES,
        bad_in_accounts::CHANGES,
        bad_notifications::CHANGES,
    ];
    for (index, (kind, base, changes, member, says)) in rows.into_iter().flatten().enumerate() {
        let name = format!("object-{index}");
        create(cluster, &namespace, *kind, &name, &changed((kind.spec)(), base)).await.unwrap();
        let spec: serde_json::Value = serde_saphyr::from_str(changes).unwrap();
        let refusal = change(cluster, &namespace, *kind, &name, &serde_json::json!({"spec": spec})).await;
        complaints
            .extend(complaint(&refusal, member, says).map(|text| format!("{} {changes}: {text}", kind.name)));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let text = |length: usize| "a".repeat(length);
    let channels = |count: usize| {
        let channel = "{url: 'https://hooks.slack.com/services/x'}";
        format!("{{slackNotificationChannels: [{}]}}", vec![channel; count].join(", "))
    };
    let grants = |count: usize| {
        let grant = "{kinds: [SpotAccount], namespaces: {from: All}}";
        format!("{{allowed: [{}]}}", vec![grant; count].join(", "))
    };
    let list =
        |member: &str, item: &str, count: usize| format!("{{{member}: [{}]}}", vec![item; count].join(", "));
    let longest = |(kind, member, item, most): (Kind, &'static str, &'static str, usize)| {
        let path: &'static str = member;
        (kind, list(path, item, most), list(path, item, most + 1), path)
    };
    let lists = [
        (USER, "accounts", "{accountRef: {name: a}, role: Viewer}", 128),
        (USER, "policies", "{policyId: '3'}", 64),
        (USER, "userGroups", "{groupRef: {name: a}}", 64),
        (USER, "allowed", "{namespaces: {from: All}}", 32),
        (GROUP_OF_USERS, "members", "{userRef: {name: a}}", 256),
        (GROUP_OF_USERS, "policies", "{policyId: '3'}", 64),
        (ACCOUNT, "allowed", "{kinds: [SpotUser], namespaces: {from: All}}", 32),
        (POLICY, "statements", "{effect: Allow, actions: ['*'], resources: ['*']}", 64),
        (POLICY, "allowed", "{namespaces: {from: All}}", 32),
        (PUBLISHED_POLICY, "permissions", "{serviceId: ocean, actions: [describe]}", 64),
    ];
    let statement = |member: &str, item: &str, count: usize| {
        let mut statement = serde_json::json!({"effect": "Allow", "actions": ["*"], "resources": ["*"]});
        statement[member] = vec![item; count].into();
        serde_json::json!({"statements": [statement]}).to_string()
    };
    let action = |length: usize| statement("actions", &format!("ocean:{}", text(length)), 1);
    let conditions = |count: usize| {
        let operators: Vec<String> = (0..count).map(|index| format!("operator{index}: {{}}")).collect();
        let statement = "effect: Allow, actions: ['*'], resources: ['*']";
        format!("{{statements: [{{{statement}, condition: {{{}}}}}]}}", operators.join(", "))
    };
    let format = |count: usize| {
        let keys: Vec<String> = (0..count).map(|index| format!("key{index}: '%event%'")).collect();
        format!("{{eventFormat: {{{}}}}}", keys.join(", "))
    };
    let role =
        |length: usize| format!("{{aws: {{iamRole: 'arn:aws:iam::123456789012:role/{}'}}}}", text(length));
    let endpoint = |length: usize| format!("{{endpoint: 'https://example.com/{}'}}", text(length));
    let of_policy = |count: usize| {
        format!("{{policies: [{{policyId: '3', accounts: [{}]}}]}}", vec!["{name: a}"; count].join(", "))
    };
    let machine = |length: usize| format!("{{programmatic: {{name: {}}}}}", text(length));
    let email = |length: usize| format!("{{human: {{email: {}@example.com}}}}", text(length));
    let table = [
        (USER, of_policy(128), of_policy(129), "spec.policies[0].accounts"),
        (USER, email(242), email(243), "spec.human.email"),
        (MACHINE, machine(255), machine(256), "spec.programmatic.name"),
        (ACCOUNT, format!("{{name: {}}}", text(255)), format!("{{name: {}}}", text(256)), "spec.name"),
        (ACCOUNT, channels(20), channels(21), "spec.slackNotificationChannels"),
        (ORGANIZATION, grants(32), grants(33), "spec.allowed"),
        (
            ORGANIZATION,
            format!("{{connection: {{endpoint: 'https://{}'}}}}", text(504)),
            format!("{{connection: {{endpoint: 'https://{}'}}}}", text(505)),
            "spec.connection.endpoint",
        ),
        (POLICY, format!("{{name: {}}}", text(255)), format!("{{name: {}}}", text(256)), "spec.name"),
        (POLICY, action(122), action(123), "spec.statements[0].actions[0]"),
        (
            POLICY,
            statement("actions", "ocean:*", 64),
            statement("actions", "ocean:*", 65),
            "spec.statements[0].actions",
        ),
        (
            POLICY,
            statement("resources", "o-1a*", 64),
            statement("resources", "o-1a*", 65),
            "spec.statements[0].resources",
        ),
        (POLICY, conditions(32), conditions(33), "spec.statements[0].condition"),
        (AWS, role(993), role(994), "spec.aws.iamRole"),
        (SUBSCRIPTION, endpoint(2028), endpoint(2029), "spec.endpoint"),
        (SUBSCRIPTION, format(64), format(65), "spec.eventFormat"),
    ];
    let table = table.into_iter().chain(lists.map(longest));
    for (index, (kind, fits, too_long, member)) in table.enumerate() {
        let name = format!("object-{index}");
        let fits = create(cluster, &namespace, kind, &name, &changed((kind.spec)(), &fits)).await;
        fits.unwrap_or_else(|message| panic!("{member}: {message}"));
        let refusal =
            create(cluster, &namespace, kind, "bad", &changed((kind.spec)(), &too_long)).await.unwrap_err();
        assert!(refusal.contains(member) && refusal.contains("Too "), "{refusal}");
    }
}

#[tokio::test]
async fn a_refusal_does_not_repeat_a_secret() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let table = [
        (ACCOUNT, "{slackNotificationChannels: [{url: 'http://hooks.slack.com/services/hush'}]}".to_owned()),
        (ACCOUNT, "{slackNotificationChannels: [{url: 'https://hooks.slack.com/hush', urlSecretRef: {name: a, key: b}}]}".to_owned()),
        (ACCOUNT, format!("{{slackNotificationChannels: [{{url: 'https://hooks.slack.com/hush{}'}}]}}", "x".repeat(2048))),
        (ORGANIZATION, "{connection: {endpoint: 'https://me:hush@api.spotinst.io'}}".to_owned()),
        (SUBSCRIPTION, "{endpoint: 'ftp://example.com/hush'}".to_owned()),
        (SUBSCRIPTION, "{endpoint: 'https://example.com/hush', protocol: http}".to_owned()),
        (SUBSCRIPTION, "{endpoint: 'http://example.com/hush', protocol: https}".to_owned()),
        (SUBSCRIPTION, "{endpoint: 'https://example.com/hush', protocol: email}".to_owned()),
        (SUBSCRIPTION, "{endpoint: 'https://example.com/hush', protocol: aws-sns}".to_owned()),
        (SUBSCRIPTION, "{endpoint: 'https://example.com/hush', endpointSecretRef: {name: a, key: b}}".to_owned()),
        (SUBSCRIPTION, format!("{{endpoint: 'https://example.com/hush{}'}}", "x".repeat(2048))),
    ];
    for (kind, changes) in table {
        let refusal =
            create(cluster, &namespace, kind, "bad", &changed((kind.spec)(), &changes)).await.unwrap_err();
        assert!(!refusal.contains("hush"), "{refusal}");
    }
}
