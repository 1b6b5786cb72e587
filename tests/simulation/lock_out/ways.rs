//! How it comes that an administrator, or the operator itself, would go.

use super::*;
use orgkeeper::sandbox::spot::Effect;

/// A policy that denies what administrators do; its id.
fn denying(house: &House) -> String {
    let (organization, _) = own(house);
    let now = house.wall();
    let statement = Statement { effect: Effect::Deny, ..Statement::allow(&["setup:*"]) };
    in_console(house, |console| {
        let details = PolicyDetails {
            name: "no setup".into(),
            description: String::new(),
            kind: PolicyKind::Organization,
            content: PolicyContent::Statements(vec![statement]),
            updated_at: now,
        };
        console.create_policy(organization, details)
    })
}

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "the manifest is deleted",
        begin: jo_alone,
        act: |house| house.delete(&jo()),
        asks: jo,
        done: DELETED,
    },
    Way {
        name: "the policy is taken out of the manifest",
        begin: jo_alone,
        act: |house| change(house, &jo(), json!({"policies": []})),
        asks: jo,
        done: NOBODY,
    },
    Way {
        name: "the other administrator may be denied what administrators do by a policy of her own",
        begin: |house| {
            let objects = jo_alone(house);
            let mut both = admin();
            both.add(&denying(house), [""; 0]);
            there(house, "kim", both);
            objects
        },
        act: |house| change(house, &jo(), json!({"policies": []})),
        asks: jo,
        done: |house| administrators(house) == ["kim@example.com"],
    },
    Way {
        name: "the other administrator may be denied it by a policy of her group",
        begin: |house| {
            let objects = jo_alone(house);
            let (grants, kim) = (Grants::of(&denying(house), &[]), there(house, "kim", admin()));
            let (organization, _) = own(house);
            in_console(house, |console| {
                let details = GroupDetails { name: "denied".into(), description: String::new(), grants };
                let group = console.create_group(organization, details);
                console.set_members(&group, &BTreeSet::from([kim]));
            });
            objects
        },
        act: |house| house.delete(&jo()),
        asks: jo,
        done: DELETED,
    },
    Way {
        name: "another policy takes its place",
        begin: jo_alone,
        act: |house| {
            change(
                house,
                &jo(),
                json!({"policies": [{"policyName": "Account Viewer", "allAccounts": true}]}),
            );
        },
        asks: jo,
        done: NOBODY,
    },
    Way {
        name: "drift is put back: somebody made jo an administrator by hand",
        begin: |house| {
            as_machine(house);
            let viewer = Grants::of(ACCOUNT_VIEWER, &["*"]);
            there(house, "jo", viewer);
            there(house, "kim", admin());
            let viewer = json!([{"policyName": "Account Viewer", "allAccounts": true}]);
            house.apply(&jo(), &adopted("jo", json!({"policies": viewer, "driftPolicy": "Correct"})));
            vec![jo()]
        },
        act: |house| {
            let id = house.id(&jo()).unwrap();
            let kim = house.vendor().world().user_named("kim@example.com").unwrap().0.id.clone();
            in_console(house, |console| {
                console.set_policies(&id, admin());
                console.set_policies(&kim, Grants::default());
            });
        },
        asks: jo,
        done: NOBODY,
    },
    Way {
        name: "out of the group by the user's manifest",
        begin: |house| jo_by_group(house, &Value::Null, &json!([{"groupRef": {"name": "admins"}}])),
        act: |house| change(house, &jo(), json!({"userGroups": []})),
        asks: jo,
        done: NOBODY,
    },
    Way {
        name: "out of the group by the group's manifest",
        begin: owned_by_group,
        act: |house| change(house, &admins(), json!({"members": []})),
        asks: admins,
        done: NOBODY,
    },
    Way {
        name: "the group is deleted",
        begin: owned_by_group,
        act: |house| house.delete(&admins()),
        asks: admins,
        done: NOBODY,
    },
    Way {
        name: "the policy is taken from the group",
        begin: owned_by_group,
        act: |house| change(house, &admins(), json!({"policies": []})),
        asks: admins,
        done: NOBODY,
    },
    Way {
        name: "the other administrator's policy is not what it was",
        begin: |house| {
            let objects = jo_alone(house);
            let (organization, _) = own(house);
            let now = house.wall();
            let policy = in_console(house, |console| {
                let details = PolicyDetails {
                    name: "everything".into(),
                    description: String::new(),
                    kind: PolicyKind::Organization,
                    content: PolicyContent::Statements(vec![Statement::allow(&["*"])]),
                    updated_at: now,
                };
                console.create_policy(organization, details)
            });
            there(house, "kim", Grants::of(&policy, &[]));
            objects
        },
        act: |house| {
            let policy = house.vendor().world().policy_named("everything").unwrap().0.id.clone();
            in_console(house, |console| {
                console
                    .change_policy(&policy, |details| {
                        details.content = PolicyContent::Statements(vec![Statement::allow(&["ocean:*"])]);
                    })
                    .unwrap();
            });
            change(house, &jo(), json!({"policies": []}));
        },
        asks: jo,
        done: NOBODY,
    },
    Way {
        name: "the other administrator was taken out of the group by hand a moment before",
        begin: |house| {
            let mut objects = owned_by_group(house);
            there(house, "kim", admin());
            house.apply(&kim(), &adopted("kim", json!({"policies": of_admin()})));
            objects.push(kim());
            objects
        },
        act: |house| {
            let jo = house.id(&jo()).unwrap();
            in_console(house, |console| console.set_groups(&jo, []));
            change(house, &kim(), json!({"policies": []}));
            change(house, &admins(), json!({"managementPolicy": "Observe"}));
        },
        asks: kim,
        done: NOBODY,
    },
    Way {
        name: "the namespace is deleted",
        begin: jo_alone,
        act: |house| {
            house.namespace(HOME, Namespace { terminating: true, ..Namespace::default() });
            house.way.cluster.delete_secret(HOME, "spot-token");
            house.delete(&jo());
            house.delete(&acme());
        },
        asks: jo,
        done: DELETED,
    },
    Way {
        name: "the operator's own user is deleted, known by the last digits of its token",
        begin: |house| {
            there(house, "kim", admin());
            own_is_declared(house);
            vec![robot()]
        },
        act: |house| house.delete(&robot()),
        asks: robot,
        done: DELETED,
    },
    Way {
        name: "the operator's own user is reduced, known by the last digits of its token",
        begin: |house| {
            there(house, "kim", admin());
            own_is_declared(house);
            vec![robot()]
        },
        act: |house| change(house, &robot(), json!({"policies": []})),
        asks: robot,
        done: |house| !own_administers(house),
    },
    Way {
        name: "the operator's own user is reduced by a group that names it",
        begin: |house| {
            there(house, "kim", admin());
            let (organization, own) = own(house);
            in_console(house, |console| {
                let details =
                    GroupDetails { name: "admins".into(), description: String::new(), grants: admin() };
                let id = console.create_group(organization, details);
                console.set_members(&id, &BTreeSet::from([own.clone()]));
                console.set_policies(&own, Grants::default());
            });
            let members = json!({"members": [{"userId": own}], "policies": of_admin()});
            house.apply(&admins(), &with(group("admins"), members));
            vec![admins()]
        },
        act: |house| change(house, &admins(), json!({"members": []})),
        asks: admins,
        done: |house| !own_administers(house),
    },
    Way {
        name: "a user is deleted whom a person named as the operator's own",
        begin: |house| {
            let id = there(house, "jo", Grants::default());
            house.apply(&acme(), &with(organization(), json!({"connection": {"tokenUser": id}})));
            house.apply(&jo(), &adopted("jo", json!({})));
            vec![jo()]
        },
        act: |house| house.delete(&jo()),
        asks: jo,
        done: |house| house.vendor().world().user_named("jo@example.com").is_none(),
    },
];
