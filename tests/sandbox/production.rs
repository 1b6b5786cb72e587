//! The live service's contract, route by route.

use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Bench, account, is_id, text};

#[test]
fn an_answer_has_the_vendors_envelope() {
    let mut bench = Bench::production();
    let body = bench.get("/setup/account?accountId=act-12345678");
    let request = &body["request"];
    assert_eq!(request["url"], "/setup/account?accountId=act-12345678");
    assert_eq!(request["method"], "GET");
    assert_eq!(request["timestamp"], "2026-11-22T10:00:00.000Z");
    assert_eq!(text(&request["id"]).len(), 36);
    let response = &body["response"];
    assert_eq!(response["status"], json!({"code": 200, "message": "OK"}));
    assert_eq!(response["kind"], "spotinst:setup:account");
    assert_eq!(response["count"], 1);
    assert_eq!(response["items"].as_array().unwrap().len(), 1);
}

#[test]
fn an_account_has_its_id_under_two_names() {
    let mut bench = Bench::production();
    let created = bench.good("POST", "/setup/account", &account("payments"));
    let created = &created["response"]["items"][0];
    let id = text(&created["id"]);
    assert!(is_id("act-", &id), "{id}");
    let organization = bench.organization().to_string();
    assert_eq!(*created, json!({"id": id, "name": "payments", "organizationId": organization}));
    let listed = bench.items("/setup/account");
    assert_eq!(
        listed[1],
        json!({
            "accountId": id,
            "name": "payments",
            "organizationId": organization,
            "cloudProvider": null,
            "providerExternalId": null,
            "createdAt": "2026-11-22T10:00:00.000Z",
        })
    );
    assert_eq!(bench.items(&format!("/setup/account/{id}")), [listed[1].clone()]);
}

#[test]
fn the_same_name_again_is_another_account() {
    let mut bench = Bench::production();
    let first = bench.create("twin");
    let second = bench.create("twin");
    assert_ne!(first, second);
    assert_eq!(bench.names(), ["Sandbox", "twin", "twin"]);
}

#[test]
fn a_write_with_nothing_to_show_answers_the_status_alone() {
    let mut bench = Bench::production();
    let id = bench.create("before");
    let path = format!("/setup/account/{id}");
    for (method, body) in [("PUT", account("after")), ("DELETE", Value::Null)] {
        let body = bench.good(method, &path, &body);
        assert_eq!(body["response"], json!({"status": {"code": 200, "message": "OK"}}), "{method}");
    }
    assert_eq!(bench.names(), ["Sandbox"]);
}

#[test]
fn an_update_merges_what_is_sent() {
    let mut bench = Bench::production();
    let id = bench.create("before");
    let path = format!("/setup/account/{id}");
    let hook = "https://hooks.example.com/one";
    let stored = |bench: &Bench| {
        let (_, details) = bench.sandbox.world().account(&id).unwrap();
        (details.name.clone(), details.slack_notification_channels.clone())
    };
    for (sent, name, channels) in [
        (json!({"slackNotificationChannels": [hook]}), "before", vec![hook]),
        (json!({"name": "after"}), "after", vec![hook]),
        (json!({"name": "again", "slackNotificationChannels": null}), "again", vec![hook]),
        (json!({}), "again", vec![hook]),
        (json!({"slackNotificationChannels": []}), "again", vec![]),
    ] {
        bench.good("PUT", &path, &json!({"account": sent}));
        let channels: Vec<String> = channels.into_iter().map(ToOwned::to_owned).collect();
        assert_eq!(stored(&bench), (name.to_owned(), channels), "{sent}");
    }
    let shown = bench.get(&path).to_string();
    assert!(!shown.contains("slack"), "{shown}");
}

#[test]
fn what_is_not_documented_is_refused_with_the_field() {
    let mut bench = Bench::production();
    let id = bench.create("kept");
    let path = format!("/setup/account/{id}");
    let before = bench.sandbox.revision();
    let cases = [
        ("POST", "/setup/account", json!({}), "body:account", "is required"),
        ("POST", "/setup/account", json!({"account": 1}), "body:account", "must be of type object"),
        ("POST", "/setup/account", json!({"account": {}}), "body:account.name", "is required"),
        ("POST", "/setup/account", json!({"account": {"name": 7}}), "body:account.name", "must be a string"),
        (
            "POST",
            "/setup/account",
            json!({"account": {"name": null}}),
            "body:account.name",
            "must be a string",
        ),
        (
            "POST",
            "/setup/account",
            json!({"account": {"name": ""}}),
            "body:account.name",
            "is not allowed to be empty",
        ),
        (
            "POST",
            "/setup/account",
            json!({"account": {"name": "123 é"}}),
            "body:account.name",
            "must contain at least one letter",
        ),
        (
            "POST",
            "/setup/account",
            json!({"account": {"name": "a", "id": "x"}}),
            "body:account.id",
            "is not allowed",
        ),
        ("POST", "/setup/account", json!({"account": {"name": "a"}, "x": 1}), "body:x", "is not allowed"),
        ("POST", "/setup/account", json!([1]), "body", "must be of type object"),
        ("PUT", &path, json!({"account": {"name": null}}), "body:account.name", "must be a string"),
        (
            "PUT",
            &path,
            json!({"account": {"name": "42"}}),
            "body:account.name",
            "must contain at least one letter",
        ),
        (
            "PUT",
            &path,
            json!({"account": {"organizationId": "1"}}),
            "body:account.organizationId",
            "is not allowed",
        ),
        (
            "PUT",
            &path,
            json!({"account": {"slackNotificationChannels": "x"}}),
            "body:account.slackNotificationChannels",
            "must be an array",
        ),
        (
            "PUT",
            &path,
            json!({"account": {"slackNotificationChannels": ["ftp://x.example"]}}),
            "body:account.slackNotificationChannels[0]",
            "must be a valid uri",
        ),
        ("POST", "/setup/organization", Value::Null, "body:organization", "is required"),
        (
            "POST",
            "/setup/organization",
            json!({"organization": {"name": "99"}}),
            "body:organization.name",
            "must contain at least one letter",
        ),
        (
            "POST",
            "/setup/organization",
            json!({"organization": {"name": "a", "plan": 1}}),
            "body:organization.plan",
            "is not allowed",
        ),
        ("GET", "/setup/account?page=2", Value::Null, "query.page", "is not allowed"),
    ];
    for (method, target, body, field, complaint) in cases {
        let answer = bench.call(method, target, &body);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{method} {body}");
        let value = answer.value();
        let error = &value["response"]["errors"][0];
        assert_eq!(value["response"]["status"], json!({"code": 400, "message": "Bad Request"}));
        assert_eq!(error["code"], "ValidationError", "{method} {body}");
        assert_eq!(error["field"], field, "{method} {body}");
        assert!(text(&error["message"]).ends_with(complaint), "{error} for {method} {body}");
    }
    assert_eq!(bench.sandbox.revision(), before, "a refusal changes nothing");
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let mut bench = Bench::production();
    let mut request = bench.request("POST", "/setup/account", &Value::Null);
    request.body = "{\"account\":".into();
    let reply = bench.handle(&request);
    let answer = reply.answer().unwrap();
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.value()["response"]["errors"][0]["field"], "body");
}

#[test]
fn a_missing_account_is_a_400_with_a_code() {
    let mut bench = Bench::production();
    let elsewhere = {
        let now = bench.now;
        let world = bench.sandbox.world_mut();
        let other = world.create_organization(now, None, "Other", None);
        world.organization(other).unwrap().default_account.clone()
    };
    let gone = bench.create("gone");
    bench.good("DELETE", &format!("/setup/account/{gone}"), &Value::Null);
    for id in ["act-00000000", "nonsense", gone.as_str(), elsewhere.as_str()] {
        for (method, body) in [("GET", Value::Null), ("PUT", account("x")), ("DELETE", Value::Null)] {
            let answer = bench.call(method, &format!("/setup/account/{id}"), &body);
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{method} {id}");
            let value = answer.value();
            let error = &value["response"]["errors"][0];
            assert_eq!(error["code"], "Account_DOESNT_EXIST", "{method} {id}");
            assert!(error.get("field").is_none());
        }
    }
}

#[test]
fn the_default_account_stays() {
    let mut bench = Bench::production();
    let id = bench.default_account();
    let answer = bench.call("DELETE", &format!("/setup/account/{id}"), &Value::Null);
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.value()["response"]["errors"][0]["code"], "CANT_DELETE_ACCOUNT");
    assert_eq!(bench.names(), ["Sandbox"]);
}

#[test]
fn a_cloud_account_filters_the_list() {
    let mut bench = Bench::production();
    let linked = bench.create("linked");
    bench.create("not linked");
    let (now, lag) = (bench.now, bench.sandbox.lag());
    bench.sandbox.world_mut().change_account(now, lag, &linked, |details| {
        details.cloud_provider = Some("AWS".to_owned());
        details.provider_external_id = Some("123456789012".to_owned());
    });
    for key in ["cloudAccountId", "awsAccountId"] {
        let found = bench.items(&format!("/setup/account?{key}=123456789012"));
        assert_eq!(found.len(), 1, "{key}");
        assert_eq!(found[0]["accountId"], linked.as_str());
        assert_eq!(found[0]["cloudProvider"], "AWS");
        assert_eq!(found[0]["providerExternalId"], "123456789012");
        assert!(bench.items(&format!("/setup/account?{key}=9")).is_empty());
    }
    assert_eq!(bench.items("/setup/account?cloudAccountId=").len(), 3, "empty is left out");
}

#[test]
fn paths_are_read_as_the_service_reads_them() {
    let mut bench = Bench::production();
    let id = bench.default_account();
    for path in [
        "/setup/account/".to_owned(),
        "/Setup/ACCOUNT".to_owned(),
        format!("/setup/Account/{id}/"),
        format!("/setup/account/{id}?accountId=act-ffffffff"),
        "/setup/organization/user/?accountId=x".to_owned(),
    ] {
        assert_eq!(bench.items(&path).len(), 1, "{path}");
    }
    let with_body = bench.good("GET", &format!("/setup/account/{id}"), &json!({"accountId": id}));
    assert_eq!(with_body["response"]["count"], 1, "a body on a GET is let pass");
}

#[test]
fn an_organization_is_made_and_the_creator_stays_outside() {
    let mut bench = Bench::production();
    let body = bench.good("POST", "/setup/organization", &json!({"organization": {"name": "Acme"}}));
    assert_eq!(body["response"]["kind"], "spotinst:setup:organization");
    let item = &body["response"]["items"][0];
    assert_eq!(item["organizationName"], "Acme");
    let id = item["organizationId"].as_u64().expect("a number");
    assert_eq!(id.to_string().len(), 12);
    assert_eq!(item.as_object().unwrap().len(), 2);
    assert_eq!(bench.names(), ["Sandbox"], "the token still shows its own organization");

    let issued =
        bench.sandbox.world_mut().issue_token(orgkeeper::sandbox::spot::OrganizationId(id), None).unwrap();
    bench.token = Some(issued.value);
    let accounts = bench.items("/setup/account");
    assert_eq!(accounts.len(), 1, "its default account");
    assert_eq!(accounts[0]["organizationId"], id.to_string());
}

#[test]
fn an_organization_is_deleted_by_itself_or_its_creator() {
    let mut bench = Bench::production();
    let own_token = bench.token.clone();
    let body = bench.good("POST", "/setup/organization", &json!({"organization": {"name": "Child"}}));
    let child = body["response"]["items"][0]["organizationId"].as_u64().unwrap();
    let child_id = orgkeeper::sandbox::spot::OrganizationId(child);
    let issued = bench.sandbox.world_mut().issue_token(child_id, None).unwrap();

    bench.token = Some(issued.value.clone());
    let parent = bench.organization();
    for id in [parent.to_string(), "606079812345".to_owned(), "acme".to_owned()] {
        let answer = bench.call("DELETE", &format!("/setup/organization/{id}"), &Value::Null);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{id}");
        assert_eq!(answer.value()["response"]["errors"][0]["code"], "Organization_DOESNT_EXIST");
    }
    bench.token = own_token;
    let path = format!("/setup/organization/{child}");
    let done = bench.good("DELETE", &path, &Value::Null);
    assert_eq!(done["response"], json!({"status": {"code": 200, "message": "OK"}}));
    bench.token = Some(issued.value);
    let answer = bench.call("GET", "/setup/account", &Value::Null);
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "its tokens went with it");
}

#[test]
fn the_users_of_the_tokens_organization_are_listed() {
    let mut bench = Bench::production();
    let body = bench.get("/setup/organization/user");
    assert_eq!(body["response"]["kind"], "spotinst:setup:organization:user");
    let item = &body["response"]["items"][0];
    assert!(is_id("u-", &text(&item["userId"])));
    assert_eq!(item["mfa"], false);
    assert_eq!(item["type"], "personal");
    assert_eq!(item["groupNames"], json!([]));
    assert_eq!(item["email"], item["username"]);
}

#[test]
fn the_health_check_is_a_list_of_an_accounts_resources() {
    let mut bench = Bench::production();
    let id = bench.default_account();
    for target in ["/healthCheck".to_owned(), format!("/healthCheck?accountId={id}")] {
        let body = bench.get(&target);
        assert_eq!(body["response"]["kind"], "spotinst:healthCheck");
        assert_eq!(body["response"]["items"], json!([]));
        assert_eq!(body["response"]["count"], 0);
    }
    let answer = bench.call("GET", "/healthCheck?accountId=act-00000000", &Value::Null);
    assert_eq!(answer.value()["response"]["errors"][0]["code"], "Account_DOESNT_EXIST");
}

#[test]
fn without_a_good_token_there_is_nothing() {
    let mut bench = Bench::production();
    for token in [None, Some("wrong".to_owned())] {
        bench.token.clone_from(&token);
        for (method, target) in [("GET", "/setup/account"), ("GET", "/healthCheck"), ("GET", "/no/such")] {
            let answer = bench.call(method, target, &Value::Null);
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{target} {token:?}");
            let value = answer.value();
            assert_eq!(value["response"]["status"]["code"], 401);
            assert!(value["response"]["errors"][0]["code"].is_string());
        }
    }
}

#[test]
fn what_belongs_to_the_document_alone_is_not_there() {
    let mut bench = Bench::production();
    let organization = bench.organization();
    let user = bench.administrator();
    for (method, target) in [
        ("DELETE", "/setup/organization".to_owned()),
        ("GET", format!("/setup/organization/{organization}/user")),
        ("PUT", format!("/setup/user/{user}")),
        ("PATCH", "/setup/account".to_owned()),
        ("GET", "/setup/account/act-12345678/more".to_owned()),
        ("GET", "/".to_owned()),
    ] {
        let answer = bench.call(method, &target, &Value::Null);
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {target}");
        assert_eq!(answer.value()["response"]["status"]["code"], 404);
    }
}
