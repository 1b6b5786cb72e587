-- What Argo CD shows of an object of orgkeeper's, and what a sync wave waits for.
-- docs/gitops.md has the table that this makes.

-- A condition stands in status only while it is True, all but Ready; their order means nothing.
local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end

local function holds(kind)
  return conditions[kind] ~= nil and conditions[kind].status == "True"
end

local function verdict(status, condition)
  local message = condition.reason
  if condition.message ~= nil and condition.message ~= "" then
    message = message .. ": " .. condition.message
  end
  return {status = status, message = message}
end

-- Conditions speak of the generation that was observed. A new object has -1 there.
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not looked at the latest change yet."}
end
if holds("Suspended") then
  return verdict("Suspended", conditions.Suspended)
end
if holds("Stalled") then
  return verdict("Degraded", conditions.Stalled)
end
if holds("Reconciling") then
  return verdict("Progressing", conditions.Reconciling)
end
if holds("Ready") then
  -- Ready, and yet there is something that a person wants to know.
  for _, kind in ipairs({"ConfirmationRequired", "Drifted", "CredentialExpires", "NotSupported"}) do
    if holds(kind) then
      return verdict("Healthy", conditions[kind])
    end
  end
  return verdict("Healthy", conditions.Ready)
end
-- Nothing of it can be said to this endpoint, and waiting does not change that.
if holds("NotSupported") then
  return verdict("Degraded", conditions.NotSupported)
end
if conditions.Ready ~= nil then
  return verdict("Progressing", conditions.Ready)
end
return {status = "Progressing", message = "The operator has not said anything yet."}
