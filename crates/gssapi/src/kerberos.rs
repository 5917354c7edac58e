//! A context, as the handshakes of `negotiate` use it.

use negotiate::{
    KerberosClient, KerberosContext, KerberosError, KerberosStep, KerberosTrouble, SealError, Sealed, Sealing,
};

use crate::context::{Context, Stepped};

impl KerberosContext for Context {
    fn step(&mut self, token: &[u8]) -> Result<KerberosStep, KerberosError> {
        let Stepped { complete, token } = self.advance(token)?;
        if !complete {
            return Ok(KerberosStep::Continue(token));
        }
        let client = self.client().map(|principal| KerberosClient {
            principal: principal.to_owned(),
            protects: self.protects(),
            bound: self.is_bound(),
        });
        if client.is_none() && !self.protects() {
            let text = "the server does not prove who it is, or does not encrypt".to_owned();
            return Err(KerberosError::new(KerberosTrouble::WrongServer, text));
        }
        Ok(KerberosStep::Done { token: Some(token).filter(|token| !token.is_empty()), client })
    }

    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        Context::sign(self, message)
    }

    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), SealError> {
        Context::verify(self, message, signature)
    }
}

impl Sealing for Context {
    fn seal(&mut self, message: Vec<u8>) -> Result<Sealed, SealError> {
        self.wrap(message)
    }

    fn unseal(&mut self, token: &[u8], data: Vec<u8>) -> Result<Vec<u8>, SealError> {
        self.unwrap(token, &data)
    }
}
