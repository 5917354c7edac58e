//! The endpoint's own commands, one file each.

pub mod builtin;
mod close_privileged_endpoint;
mod cloud_admin;
mod get_cloud_admin_user_list;
mod get_third_party_notices;
mod new_cloud_admin_user;
mod remove_cloud_admin_user;
mod set_cloud_admin_user_password;
mod table;
pub mod transcripts;

pub use close_privileged_endpoint::ClosePrivilegedEndpoint;
pub use cloud_admin::CloudAdminUser;
pub use get_cloud_admin_user_list::GetCloudAdminUserList;
pub use get_third_party_notices::GetThirdPartyNotices;
pub use new_cloud_admin_user::NewCloudAdminUser;
pub use remove_cloud_admin_user::RemoveCloudAdminUser;
pub use set_cloud_admin_user_password::SetCloudAdminUserPassword;
pub use table::table;
