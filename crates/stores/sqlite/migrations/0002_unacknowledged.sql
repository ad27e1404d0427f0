-- Registered items whose acknowledgement is not recorded: few, but looked for at every poll.
CREATE INDEX intakes_registered ON intakes (tenant, inbox, seq) WHERE body ->> '$.state.state' = 'registered';
