//! The screens with their states, one of each.

use crate::steps::{self, Context, Place, Step};

/// What each screen remembers.
pub(super) struct Steps {
    pub(super) service: steps::service::Service,
    message: steps::service::Message,
    key: steps::key::ChooseKey,
    new_key: steps::new_key::MakeKey,
    publish: steps::publish::Publish,
    account_keys: steps::account_keys::AccountKeys,
    certificate: steps::certificate::GetCertificate,
    tool_certificate: steps::tool_certificate::LoadCertificate,
    deploy_key: steps::deploy_key::DeployKey,
    agent: steps::agent::Agent,
    config: steps::config::Config,
    host: steps::host::Host,
    test: steps::test::Test,
    repair: steps::repair::Repair,
    accounts: steps::accounts::Accounts,
    environment: steps::environment::LookAtEnvironment,
    done: steps::done::Done,
    undo: steps::undo::Undo,
    report: steps::report::ForSupport,
}

impl Steps {
    /// Each at its beginning.
    pub(super) fn new(context: &Context) -> Self {
        Self {
            service: steps::service::Service::new(context),
            message: steps::service::Message::default(),
            key: steps::key::ChooseKey::default(),
            new_key: steps::new_key::MakeKey::default(),
            publish: steps::publish::Publish::default(),
            account_keys: steps::account_keys::AccountKeys::default(),
            certificate: steps::certificate::GetCertificate::default(),
            tool_certificate: steps::tool_certificate::LoadCertificate::default(),
            deploy_key: steps::deploy_key::DeployKey::default(),
            agent: steps::agent::Agent::default(),
            config: steps::config::Config::default(),
            host: steps::host::Host::default(),
            test: steps::test::Test::default(),
            repair: steps::repair::Repair::default(),
            accounts: steps::accounts::Accounts::default(),
            environment: steps::environment::LookAtEnvironment::default(),
            done: steps::done::Done,
            undo: steps::undo::Undo::default(),
            report: steps::report::ForSupport::default(),
        }
    }

    pub(super) fn at(&self, place: Place) -> &dyn Step {
        match place {
            Place::Service => &self.service,
            Place::Message => &self.message,
            Place::Key => &self.key,
            Place::NewKey => &self.new_key,
            Place::Publish => &self.publish,
            Place::AccountKeys => &self.account_keys,
            Place::Certificate => &self.certificate,
            Place::ToolCertificate => &self.tool_certificate,
            Place::DeployKey => &self.deploy_key,
            Place::Agent => &self.agent,
            Place::Config => &self.config,
            Place::Host => &self.host,
            Place::Test => &self.test,
            Place::Repair => &self.repair,
            Place::Accounts => &self.accounts,
            Place::Environment => &self.environment,
            Place::Done => &self.done,
            Place::Undo => &self.undo,
            Place::Report => &self.report,
        }
    }

    pub(super) fn at_mut(&mut self, place: Place) -> &mut dyn Step {
        match place {
            Place::Service => &mut self.service,
            Place::Message => &mut self.message,
            Place::Key => &mut self.key,
            Place::NewKey => &mut self.new_key,
            Place::Publish => &mut self.publish,
            Place::AccountKeys => &mut self.account_keys,
            Place::Certificate => &mut self.certificate,
            Place::ToolCertificate => &mut self.tool_certificate,
            Place::DeployKey => &mut self.deploy_key,
            Place::Agent => &mut self.agent,
            Place::Config => &mut self.config,
            Place::Host => &mut self.host,
            Place::Test => &mut self.test,
            Place::Repair => &mut self.repair,
            Place::Accounts => &mut self.accounts,
            Place::Environment => &mut self.environment,
            Place::Done => &mut self.done,
            Place::Undo => &mut self.undo,
            Place::Report => &mut self.report,
        }
    }
}
