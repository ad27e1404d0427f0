//! Who may do what: token, integration headers, account rights.

use http::{HeaderMap, StatusCode, header};
use uuid::Uuid;

use super::{SvarUtSim, settings::Integration, shipment::Shipment};
use crate::simulators::gate::Refusal;

impl SvarUtSim {
    /// The integration behind a call: 401 without valid token and headers, 403 when they do not belong together.
    pub(crate) fn integration(&self, headers: &HeaderMap) -> Result<Integration, Refusal> {
        let organisation = self.organisation(headers)?;
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let id = header("IntegrasjonId").and_then(|id| Uuid::try_parse(id).ok());
        let password = header("IntegrasjonPassord");
        let (Some(id), Some(password)) = (id, password) else {
            return Err(unauthorised("IntegrasjonId eller IntegrasjonPassord mangler"));
        };
        let known = self.world().integrations.get(&id).filter(|known| known.password == password).cloned();
        let integration = known.ok_or_else(|| unauthorised("feil IntegrasjonId eller IntegrasjonPassord"))?;
        if integration.organisation != organisation {
            return Err(forbidden("tokenets organisasjon er ikke autorisert for integrasjonen"));
        }
        Ok(integration)
    }

    /// The organisation a valid token was issued to.
    pub(crate) fn organisation(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        let grant = token.and_then(|token| self.inner.maskinporten.check(token));
        let grant = grant.ok_or_else(|| unauthorised("token mangler eller er ugyldig"))?;
        if !grant.scopes.iter().any(|scope| scope == "ks:fiks") {
            return Err(forbidden("tokenet har ikke scope ks:fiks"));
        }
        Ok(grant.organisation)
    }

    /// The account in the address, when the integration may use it.
    pub(crate) fn account(&self, headers: &HeaderMap, account: &str) -> Result<Uuid, Refusal> {
        let integration = self.integration(headers)?;
        let id = Uuid::try_parse(account).map_err(|_| Refusal::bad("kontoId må være en UUID"))?;
        if !self.world().accounts.contains_key(&id) {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "kontoen finnes ikke"));
        }
        if !integration.accounts.contains(&id) {
            return Err(forbidden("integrasjonen har ikke tilgang til kontoen"));
        }
        Ok(id)
    }

    /// Does something with a shipment that the integration may see through its sender account.
    pub(crate) fn with_shipment<T>(
        &self,
        headers: &HeaderMap,
        id: &str,
        act: impl FnOnce(&mut Shipment) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let integration = self.integration(headers)?;
        let id = Uuid::try_parse(id).map_err(|_| Refusal::bad("forsendelseId må være en UUID"))?;
        let now = self.inner.gate.now();
        let mut world = self.world();
        let shipment =
            world.find(id, now).ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "forsendelsen finnes ikke"))?;
        if !integration.accounts.contains(&shipment.account) {
            return Err(forbidden("integrasjonen har ikke tilgang til kontoen"));
        }
        act(shipment)
    }
}

pub(crate) fn unauthorised(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, message)
}

pub(crate) fn forbidden(message: &str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, message)
}
