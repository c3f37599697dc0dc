//! Listing processes.

use super::{Process, State};
use crate::contract::declare::contract_object;

contract_object! {
    /// Query parameters of findAll; not a schema of the contract, but checked like one.
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

    /// Answer of findAll.
    ProcessPage {
        /// The processes of this page.
        may content "content": [list of object Process];
        /// Where this page stands.
        may page "page": [object PageMetadata];
        /// Former place of `page.totalElements`.
        may total_elements "totalElements": [integer64] deprecated;
        /// Former place of `page.totalPages`.
        may total_pages "totalPages": [integer] deprecated;
        /// Former place of `page.number`.
        may number "number": [integer] deprecated;
        /// Former place of `page.size`.
        may size "size": [integer] deprecated;
        /// True for the first page; compare `page.number` instead.
        may first "first": [boolean] deprecated;
        /// True for the last page; compare `page.number` instead.
        may last "last": [boolean] deprecated;
    }

    /// Where a page stands among all.
    PageMetadata {
        /// Processes that match, on all pages.
        may total_elements "totalElements": [integer64];
        /// Number of pages.
        may total_pages "totalPages": [integer];
        /// Processes per page.
        may size "size": [integer];
        /// This page, from 0.
        may number "number": [integer];
    }
}
