//! Atoll's server.

use crate::support::network::Server;
use http::{Method, StatusCode};
use jiff::Timestamp;
use orgkeeper::engine::base::ports::HttpRequest;
use orgkeeper::sandbox::Answer;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// A policy, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub name: String,
    pub rules: Vec<String>,
}

/// A hook, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pub name: String,
    pub url: String,
}

/// A tenant, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenant {
    pub name: String,
    pub display_name: String,
    pub session_minutes: u32,
    pub support_key: Option<String>,
    /// From where it is called; from everywhere while none is named.
    pub allowed_addresses: Vec<String>,
    pub guests: bool,
}

/// A member, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub email: String,
    pub role: String,
    pub suspended: bool,
}

/// Somebody who was invited to be a member, and may accept that until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub member: Member,
    pub until: Timestamp,
}

/// An answer that is lost: before the write was carried out, or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    Before,
    After,
}

/// What it keeps, and how it behaves.
pub struct AtollServer {
    pub tenants: BTreeMap<String, Tenant>,
    /// What the log tells: when, who, of which tenant, and what.
    pub log: Vec<(Timestamp, String, String, String)>,
    /// Whether the answer to a create names the new tenant.
    pub names: bool,
    /// For how long what is made is in no list.
    pub lag: Duration,
    /// Until when no list shows what has these ids.
    hidden: BTreeMap<String, Timestamp>,
    /// Each client's secret.
    pub clients: BTreeMap<String, String>,
    /// Tokens that end then.
    pub tokens: BTreeMap<String, Timestamp>,
    /// How long a token lives.
    pub life: Duration,
    pub policies: BTreeMap<String, Policy>,
    pub members: BTreeMap<String, Member>,
    pub invitations: BTreeMap<String, Invitation>,
    /// Whom it has mailed.
    pub mails: Vec<String>,
    /// Whom it was to mail, and lost that: nobody who called can tell.
    pub unsent: Vec<String>,
    /// Each quota's name and limit.
    pub quotas: BTreeMap<String, (String, u32)>,
    /// Whom it tells that a quota is used up, which no read shows.
    pub alerts: BTreeMap<String, Vec<String>>,
    /// Of these there is no list.
    pub hooks: BTreeMap<String, Hook>,
    /// The answers to the next writes that are lost.
    pub losing: VecDeque<Lost>,
    /// How many rows a page has.
    pub page: usize,
    /// How many tokens were granted.
    pub granted: usize,
    /// Each call that had a token that works: method and path.
    pub calls: Vec<String>,
    /// Until when no policy is listed.
    pub closed: Option<Timestamp>,
    /// What happens before a page of the list is shown, which has this number.
    pub meanwhile: Option<fn(&mut Self, usize)>,
    next: usize,
}

impl AtollServer {
    pub fn new(tenant: &str) -> Self {
        Self {
            tenants: BTreeMap::from([(tenant.to_owned(), Tenant::default())]),
            log: Vec::new(),
            names: true,
            lag: Duration::ZERO,
            hidden: BTreeMap::new(),
            clients: BTreeMap::from([("orgkeeper".to_owned(), SECRET.to_owned())]),
            tokens: BTreeMap::new(),
            life: Duration::from_hours(1),
            policies: BTreeMap::new(),
            members: BTreeMap::new(),
            invitations: BTreeMap::new(),
            mails: Vec::new(),
            unsent: Vec::new(),
            quotas: BTreeMap::from([("q-1".to_owned(), ("seats".to_owned(), 5))]),
            alerts: BTreeMap::new(),
            hooks: BTreeMap::new(),
            losing: VecDeque::new(),
            page: 2,
            granted: 0,
            calls: Vec::new(),
            closed: None,
            meanwhile: None,
            next: 0,
        }
    }

    /// Makes a policy, as a person does in the console; its id.
    pub fn make(&mut self, name: &str, rules: &[&str]) -> String {
        self.next += 1;
        let id = format!("p-{:03}", self.next);
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        self.policies.insert(id.clone(), Policy { name: name.to_owned(), rules });
        id
    }

    /// Somebody changes a tenant in the console.
    pub fn edit_tenant(&mut self, now: Timestamp, who: &str, id: &str, edit: impl FnOnce(&mut Tenant)) {
        edit(self.tenants.get_mut(id).unwrap());
        let action = format!("changed it, as number {}", self.log.len());
        self.log.push((now, who.to_owned(), id.to_owned(), action));
    }

    fn tenant(&mut self, now: Timestamp, method: &Method, id: &str, page: usize, body: &Value) -> Answer {
        match (method, self.tenants.get_mut(id)) {
            (&Method::GET, None) if id.is_empty() => {
                let shown = self.tenants.iter().filter(|(id, _)| self.is_listed(now, id));
                let all: Vec<Value> =
                    shown.map(|(id, tenant)| json!({"id": id, "name": tenant.name})).collect();
                let items: Vec<&Value> = all.iter().skip(page * self.page).take(self.page).collect();
                answer(200, &json!({"items": items, "total": all.len()}))
            }
            (&Method::POST, None) if id.is_empty() => {
                self.next += 1;
                let id = format!("t-{:03}", self.next);
                let name = body["name"].as_str().unwrap().to_owned();
                self.tenants.insert(id.clone(), Tenant { name, ..Tenant::default() });
                self.hides(now, &id);
                answer(201, &if self.names { json!({"id": id}) } else { json!({}) })
            }
            (_, None) => answer(404, &json!({"error": "no such tenant"})),
            (&Method::GET, Some(tenant)) => {
                let mut shown =
                    json!({"id": id, "displayName": tenant.display_name, "guests": tenant.guests});
                shown["sessionMinutes"] = json!(tenant.session_minutes);
                shown["allowedAddresses"] = json!(tenant.allowed_addresses);
                answer(200, &shown)
            }
            (&Method::PATCH, Some(tenant)) => {
                if let Some(name) = body["displayName"].as_str() {
                    name.clone_into(&mut tenant.display_name);
                }
                if let Some(minutes) = body["sessionMinutes"].as_u64() {
                    tenant.session_minutes = minutes.try_into().unwrap();
                }
                if let Some(guests) = body["guests"].as_bool() {
                    tenant.guests = guests;
                }
                if let Some(addresses) = body["allowedAddresses"].as_array() {
                    let text = |address: &Value| address.as_str().unwrap().to_owned();
                    tenant.allowed_addresses = addresses.iter().map(text).collect();
                }
                if let Some(key) = body["supportKey"].as_str() {
                    tenant.support_key = Some(key.to_owned());
                }
                answer(200, &json!({}))
            }
            (_, Some(_)) => {
                self.tenants.remove(id);
                answer(204, &Value::Null)
            }
        }
    }

    /// A list shows what was made once the lag has passed.
    fn hides(&mut self, now: Timestamp, id: &str) {
        self.hidden.insert(id.to_owned(), now + self.lag);
    }

    fn is_listed(&self, now: Timestamp, id: &str) -> bool {
        self.hidden.get(id).is_none_or(|end| *end <= now)
    }

    /// The calls since that many.
    pub fn calls_of(&self, method: &str) -> usize {
        self.calls.iter().filter(|call| call.starts_with(method)).count()
    }

    fn token(&mut self, now: Timestamp, form: &[u8]) -> Answer {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
        let known = form.get("client_id").and_then(|client| self.clients.get(client));
        if known.is_none() || known != form.get("client_secret") {
            return answer(400, &json!({"error": "invalid_client"}));
        }
        self.granted += 1;
        let token = format!("{TOKEN}-{}", self.granted);
        self.tokens.insert(token.clone(), now + self.life);
        answer(
            200,
            &json!({"access_token": token, "token_type": "Bearer", "expires_in": self.life.as_secs()}),
        )
    }

    fn list(&mut self, now: Timestamp, page: usize) -> Answer {
        if let Some(until) = self.closed.filter(|until| *until > now) {
            let mut refused = answer(429, &json!({"error": "later"}));
            refused.headers.insert("x-atoll-reset", until.to_string().parse().unwrap());
            return refused;
        }
        if let Some(meanwhile) = self.meanwhile {
            meanwhile(self, page);
        }
        let rows = self.policies.iter().filter(|(id, _)| self.is_listed(now, id));
        let all: Vec<Value> = rows.map(|(id, policy)| shown(id, policy)).collect();
        let items: Vec<&Value> = all.iter().skip(page * self.page).take(self.page).collect();
        answer(200, &json!({"items": items, "total": all.len()}))
    }

    /// Whoever is invited is mailed. Nobody is invited twice, or is who is a member.
    fn invite(&mut self, now: Timestamp, body: &Value) -> Answer {
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        if self.emails().contains(&text("email")) {
            return answer(409, &json!({"error": "there already"}));
        }
        self.mails.push(text("email"));
        let member = Member { email: text("email"), role: text("role"), suspended: false };
        let id = self.wait_for(member, now + INVITED);
        self.hides(now, &id);
        answer(201, &json!({"id": id}))
    }

    fn wait_for(&mut self, member: Member, until: Timestamp) -> String {
        self.next += 1;
        let id = format!("i-{:03}", self.next);
        self.invitations.insert(id.clone(), Invitation { member, until });
        id
    }

    /// All who are members, or invited.
    pub fn emails(&self) -> Vec<String> {
        let invited = self.invitations.values().map(|invitation| &invitation.member);
        self.members.values().chain(invited).map(|member| member.email.clone()).collect()
    }

    /// Whoever was invited becomes a member, under an id of its own.
    pub fn accept(&mut self, invitation: &str) -> String {
        self.next += 1;
        let id = format!("m-{:03}", self.next);
        let accepted = self.invitations.remove(invitation).unwrap();
        self.members.insert(id.clone(), accepted.member);
        id
    }

    /// A person invites somebody in the console.
    pub fn invited_by_hand(&mut self, email: &str) -> String {
        let (email, role) = (email.to_owned(), "reader".to_owned());
        self.wait_for(Member { email, role, suspended: false }, Timestamp::MAX)
    }

    /// A person takes an invitation back, and invites the same one anew.
    pub fn invite_anew(&mut self, invitation: &str) -> String {
        let Invitation { member, until } = self.invitations.remove(invitation).unwrap();
        self.wait_for(member, until)
    }

    /// Makes a hook, as a person does in the console; its id.
    pub fn make_hook(&mut self, name: &str, url: &str) -> String {
        self.next += 1;
        let id = format!("h-{:03}", self.next);
        self.hooks.insert(id.clone(), Hook { name: name.to_owned(), url: url.to_owned() });
        id
    }

    fn hook(&mut self, now: Timestamp, method: &Method, id: &str, body: &Value) -> Answer {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let listed = self.is_listed(now, id);
        match (method, self.hooks.get_mut(id)) {
            (&Method::POST, None) if id.is_empty() => {
                let id = self.make_hook(&text("name"), &text("url"));
                self.hides(now, &id);
                answer(201, &if self.names { json!({"id": id}) } else { json!({}) })
            }
            // A read may lag as a list does.
            (&Method::GET, Some(hook)) if listed => {
                answer(200, &json!({"id": id, "name": hook.name, "url": hook.url}))
            }
            (&Method::PATCH, Some(hook)) => {
                hook.url = text("url");
                answer(200, &json!({}))
            }
            (&Method::DELETE, Some(_)) => {
                self.hooks.remove(id);
                answer(204, &Value::Null)
            }
            _ => answer(404, &json!({"error": "no such hook"})),
        }
    }

    fn write(&mut self, id: &str, body: &Value) {
        let policy = self.policies.get_mut(id).unwrap();
        if let Some(name) = body["name"].as_str() {
            name.clone_into(&mut policy.name);
        }
        if let Some(rules) = body["rules"].as_array() {
            policy.rules = rules.iter().filter_map(|rule| rule.as_str().map(str::to_owned)).collect();
        }
    }
}

/// What orgkeeper's client is known by.
pub const SECRET: &str = "canary-secret-of-atoll";
/// How long somebody may take to accept an invitation.
pub const INVITED: Duration = Duration::from_hours(2);
/// How tokens begin.
pub const TOKEN: &str = "canary-token-of-atoll";

fn shown(id: &str, policy: &Policy) -> Value {
    json!({"id": id, "name": policy.name, "rules": policy.rules})
}

fn member_shown(id: &str, member: &Member) -> Value {
    json!({"id": id, "email": member.email, "role": member.role, "suspended": member.suspended})
}

fn invitation_shown(now: Timestamp, id: &str, invitation: &Invitation) -> Value {
    let mut shown = member_shown(id, &invitation.member);
    shown["hasExpired"] = json!(invitation.until <= now);
    shown
}

fn quota_shown(id: &str, (name, limit): &(String, u32)) -> Value {
    json!({"id": id, "name": name, "limit": limit})
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::json(StatusCode::from_u16(status).unwrap(), body)
}

impl Server for AtollServer {
    fn handle(&mut self, now: Timestamp, request: &HttpRequest) -> Answer {
        let path = request.url.path();
        if path == "/token" {
            return self.token(now, &request.body);
        }
        let token = request.bearer.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
        if self.tokens.get(token).is_none_or(|end| *end <= now) {
            return answer(401, &json!({"error": "no such token"}));
        }
        self.calls.push(format!("{} {path}", request.method));
        let lost = if request.method == Method::GET { None } else { self.losing.pop_front() };
        if lost == Some(Lost::Before) && (&request.method, path) == (&Method::POST, "/members") {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            self.unsent.extend(body["email"].as_str().map(str::to_owned));
        }
        let answered = if lost == Some(Lost::Before) { None } else { Some(self.carry_out(now, request)) };
        match answered {
            Some(answered) if lost.is_none() => answered,
            _ => answer(502, &json!({"error": "lost"})),
        }
    }
}

impl AtollServer {
    fn carry_out(&mut self, now: Timestamp, request: &HttpRequest) -> Answer {
        let path = request.url.path();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let page = request.url.query_pairs().find(|(name, _)| name == "page");
        let page = page.map_or(0, |(_, page)| page.parse().unwrap());
        let id = path.strip_prefix("/policies/").unwrap_or_default().to_owned();
        let known = self.policies.contains_key(&id);
        match (&request.method, path) {
            (&Method::GET, "/policies") => self.list(now, page),
            (&Method::POST, "/policies") => {
                let id = self.make("", &[]);
                self.write(&id, &body);
                self.hides(now, &id);
                answer(201, &json!({"id": id}))
            }
            (method, _) if path.starts_with("/tenants") => {
                let id = path.trim_start_matches("/tenants").trim_start_matches('/').to_owned();
                self.tenant(now, &method.clone(), &id, page, &body)
            }
            (method, _) if path.starts_with("/hooks") => {
                let id = path.trim_start_matches("/hooks").trim_start_matches('/').to_owned();
                self.hook(now, &method.clone(), &id, &body)
            }
            (&Method::GET, "/log") => {
                let entry = |(at, actor, tenant, action): &(Timestamp, String, String, String)| json!({"at": at.to_string(), "actor": actor, "tenant": tenant, "action": action});
                answer(200, &self.log.iter().map(entry).collect())
            }
            (&Method::GET, "/members") => {
                let items = self.members.iter().map(|(id, member)| member_shown(id, member));
                answer(200, &json!({"items": items.collect::<Vec<_>>()}))
            }
            (&Method::POST, "/members") => self.invite(now, &body),
            (&Method::GET, "/invitations") => {
                let items = self.invitations.iter().filter(|(id, _)| self.is_listed(now, id));
                let items = items.map(|(id, invitation)| invitation_shown(now, id, invitation));
                answer(200, &json!({"items": items.collect::<Vec<_>>()}))
            }
            (&Method::DELETE, _) if path.starts_with("/invitations/") => {
                match self.invitations.remove(path.trim_start_matches("/invitations/")) {
                    None => answer(404, &json!({"error": "no such invitation"})),
                    Some(_) => answer(200, &json!({})),
                }
            }
            (&Method::GET, "/quotas") => {
                let after = request.url.query_pairs().find(|(name, _)| name == "after");
                let after = after.map_or(String::new(), |(_, after)| after.into_owned());
                let mut rest = self.quotas.iter().filter(|(id, _)| **id > after);
                let page: Vec<_> = rest.by_ref().take(self.page).collect();
                let next = page.last().map(|(id, _)| id).filter(|_| rest.next().is_some());
                let items: Vec<Value> = page.iter().map(|(id, quota)| quota_shown(id, quota)).collect();
                answer(200, &json!({"items": items, "next": next}))
            }
            (&Method::PUT, _) if path.ends_with("/alerts") => {
                let id = path.trim_start_matches("/quotas/").trim_end_matches("/alerts");
                let addresses = body.as_array().unwrap().iter();
                let addresses = addresses.map(|address| address.as_str().unwrap().to_owned()).collect();
                self.alerts.insert(id.to_owned(), addresses);
                answer(200, &json!({}))
            }
            (&Method::GET, _) if path.starts_with("/quotas/") => {
                let id = path.trim_start_matches("/quotas/");
                let quota = self.quotas.get(id);
                quota.map_or_else(
                    || answer(404, &json!({"error": "no such quota"})),
                    |quota| answer(200, &quota_shown(id, quota)),
                )
            }
            (method, _) if path.starts_with("/members/") => {
                let (id, action) = path.trim_start_matches("/members/").split_once('/').unwrap_or_default();
                let id = if action.is_empty() { path.trim_start_matches("/members/") } else { id };
                match (method, self.members.get_mut(id)) {
                    (_, None) => return answer(404, &json!({"error": "no such member"})),
                    // What is asked for twice is refused.
                    (&Method::POST, Some(member)) if member.suspended == (action == "suspend") => {
                        return answer(409, &json!({"error": "so already"}));
                    }
                    (&Method::POST, Some(member)) => member.suspended = action == "suspend",
                    (&Method::PATCH, Some(member)) => {
                        body["role"].as_str().unwrap().clone_into(&mut member.role);
                    }
                    _ => drop(self.members.remove(id)),
                }
                answer(200, &json!({}))
            }
            (&Method::PATCH, _) if path.starts_with("/quotas/") => {
                let quota = self.quotas.get_mut(path.trim_start_matches("/quotas/")).unwrap();
                quota.1 = body["limit"].as_u64().unwrap().try_into().unwrap();
                answer(200, &json!({}))
            }
            _ if !known => answer(404, &json!({"error": "no such policy"})),
            (&Method::GET, _) => answer(200, &shown(&id, &self.policies[&id])),
            (&Method::PATCH, _) => {
                self.write(&id, &body);
                answer(200, &json!({}))
            }
            (&Method::DELETE, _) => {
                self.policies.remove(&id);
                answer(204, &Value::Null)
            }
            _ => answer(405, &json!({"error": "no such call"})),
        }
    }
}
