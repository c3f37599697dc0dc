//! Files and where they are signed.

use super::StickerProvider;
use crate::contract::declare::{contract_enum, contract_object, contract_union};

contract_enum! {
    /// How a signature position is specified.
    Locator {
        /// By page and coordinates.
        Coordinates = "COORDINATES",
        /// By a tag in the text of the PDF.
        Tag = "TAG",
    }
}

contract_object! {
    /// File to attach, and response of getFile.
    FileAttachment {
        /// Identifier assigned by the platform.
        may id "id": [text Uuid] read_only;
        /// File name with its extension.
        must name "name": [text max 255] browser;
        /// Content in Base64. The length limit is three characters less than a padded 40 MiB file
        /// needs, so the maximum size of a file is 41 943 039 bytes.
        must content "content": [secret max 55924053 Base64] browser;
        /// Media type: `application/pdf`.
        must content_type "contentType": [text max 50 PdfMediaType] browser;
        /// Your reference for this file; unique in the process, usable to download it.
        may external_identifier "externalIdentifier": [text max 50 Identifier] browser;
        /// Signature positions.
        may signature_positions "signaturePositions": [list of union FileSignaturePositionInput] write_only browser;
    }

    /// Response of attach.
    FileAttachResponse {
        /// Identifier of the file.
        may file_id "fileId": [text Uuid];
    }

    /// A signature position by page and coordinates, in PDF points of the page as displayed.
    CoordinateSignaturePosition {
        /// The signer: identification or externalIdentifier.
        must signer "signer": [text max 128] browser;
        /// Discriminator: absent or `COORDINATES`.
        may locator "locator": [discriminator CoordinateSignaturePosition enumeration Locator] browser;
        /// Page, from 0; negative counts from the end, -1 is the last page.
        must page_number "pageNumber": [integer] browser;
        /// Left edge of the signature, in PDF points from the left.
        must position_x "positionX": [integer min 0] browser;
        /// Upper edge of the signature, in PDF points from the top.
        must position_y "positionY": [integer min 0] browser;
        /// Source of the visible signature.
        may sticker_provider "stickerProvider": [enumeration StickerProvider] browser;
    }

    /// A signature position at a tag in the text of the PDF: `\s1\` for the first signer, `\s2\`
    /// for the second. The tag marks the upper left corner of the signature.
    TagSignaturePosition {
        /// The signer: identification or externalIdentifier.
        must signer "signer": [text max 128] browser;
        /// Discriminator: `TAG`.
        tag locator "locator": [discriminator TagSignaturePosition enumeration Locator] browser;
        /// Shift to the right, in PDF points.
        may offset_x "offsetX": [integer min -200 max 200] browser;
        /// Shift downwards, in PDF points.
        may offset_y "offsetY": [integer min -200 max 200] browser;
        /// Source of the visible signature.
        may sticker_provider "stickerProvider": [enumeration StickerProvider] browser;
    }

    /// An attached file, its versions and its signature positions.
    FileReference {
        /// Your reference for the file.
        may external_identifier "externalIdentifier": [text max 50 Identifier];
        /// The attached file, without signatures.
        may initial_file_id "initialFileId": [text Uuid];
        /// The file with its latest signature; absent before the first signature.
        may last_signed_file_id "lastSignedFileId": [text Uuid];
        /// Signature positions.
        may signature_positions "signaturePositions": [list of object FileSignaturePosition];
    }

    /// A resolved signature position. The contract says pixels; the values are the PDF points of the
    /// request.
    FileSignaturePosition {
        /// The signer: identification or externalIdentifier.
        must signer "signer": [text max 128];
        /// Page, from 0; negative counts from the end.
        must page_number "pageNumber": [integer];
        /// Left edge of the signature.
        must position_x "positionX": [integer min 0];
        /// Upper edge of the signature.
        must position_y "positionY": [integer min 0];
        /// Source of the visible signature.
        may sticker_provider "stickerProvider": [enumeration StickerProvider];
    }
}

contract_union! {
    /// A signature position; by coordinates if `locator` is absent.
    FileSignaturePositionInput by "locator" default "COORDINATES" {
        /// By page and coordinates.
        Coordinates(CoordinateSignaturePosition) = "COORDINATES",
        /// By a tag.
        Tag(TagSignaturePosition) = "TAG",
    }
}
