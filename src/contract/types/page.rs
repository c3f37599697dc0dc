//! Listing processes.

use super::{Process, State};
use crate::contract::declare::contract_object;

/// Maximum number of processes on a page (contract, findAll, `size`).
pub const PAGE_SIZE: u32 = 20;

contract_object! {
    /// Query parameters of findAll; not a schema of the contract, but validated like one.
    FindAllQuery {
        /// Only processes in this state.
        may status "status": [enumeration State];
        /// Only processes of this team.
        may team_id "teamId": [text Uuid];
        /// Only processes that expire within this ISO 8601 duration from now.
        may valid_until_within "validUntilWithin": [text Duration];
        /// Page, from 0.
        may page "page": [integer min 0] default "0";
        /// Processes per page, at most 20.
        may size "size": [integer min 1 max 20] default "20";
        /// `createdDate,asc` or `createdDate,desc`; newest first when absent.
        may sort "sort": [list of text];
    }

    /// Response of findAll.
    ProcessPage {
        /// The processes of this page.
        may content "content": [list of object Process];
        /// Position of this page.
        may page "page": [object PageMetadata];
        /// Use `page.totalElements`.
        may total_elements "totalElements": [integer64] deprecated;
        /// Use `page.totalPages`.
        may total_pages "totalPages": [integer] deprecated;
        /// Use `page.number`.
        may number "number": [integer] deprecated;
        /// Use `page.size`.
        may size "size": [integer] deprecated;
        /// True for the first page; use `page.number`.
        may first "first": [boolean] deprecated;
        /// True for the last page; use `page.number`.
        may last "last": [boolean] deprecated;
    }

    /// Position of a page in the list.
    PageMetadata {
        /// Number of processes on all pages.
        may total_elements "totalElements": [integer64];
        /// Number of pages.
        may total_pages "totalPages": [integer];
        /// Processes per page.
        may size "size": [integer];
        /// Number of this page, from 0.
        may number "number": [integer];
    }
}
