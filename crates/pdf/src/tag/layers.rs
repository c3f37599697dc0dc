//! Layers (optional content, ISO 32000-2, 8.11) that the default configuration of a document hides.

use std::collections::BTreeSet;

use crate::read::{ObjectId, PdfDict, PdfFile, PdfObject};

/// State of the layers when the document is opened.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// Whether layers are hidden by default.
    hidden_by_default: bool,
    /// The layers with the other state.
    exceptions: BTreeSet<ObjectId>,
}

impl Layers {
    pub(super) fn load(file: &PdfFile<'_>) -> Self {
        let Ok((_, catalog)) = file.catalog() else { return Self::default() };
        let configuration = file
            .dict(&catalog, "OCProperties")
            .and_then(|properties| file.dict(&properties, "D"))
            .unwrap_or_default();
        let base = file.get_resolved(&configuration, "BaseState");
        let hidden_by_default = base.as_name_bytes() == Some(b"OFF");
        let key = if hidden_by_default { "ON" } else { "OFF" };
        let exceptions = file.get_resolved(&configuration, key);
        let exceptions = exceptions.as_array().unwrap_or_default().iter();
        let exceptions = exceptions.take_while(|_| file.consume_work(1));
        let exceptions = exceptions.filter_map(|layer| file.resolve_with_id(layer).0).collect();
        Self { hidden_by_default, exceptions }
    }

    /// Whether content with `/OC` `layer` is hidden: a layer, or a condition on several.
    pub(super) fn hides(&self, file: &PdfFile<'_>, layer: &PdfObject) -> bool {
        let (id, object) = file.resolve_with_id(layer);
        let Some(dict) = object.as_dict() else { return false };
        match dict.get("OCGs") {
            Some(layers) => self.membership_hides(file, dict, layers),
            None => self.is_hidden(id),
        }
    }

    fn is_hidden(&self, layer: Option<ObjectId>) -> bool {
        layer.is_some_and(|id| self.exceptions.contains(&id) != self.hidden_by_default)
    }

    /// By `/P`; the expression in `/VE`, which few readers support, is ignored.
    fn membership_hides(&self, file: &PdfFile<'_>, dict: &PdfDict, layers: &PdfObject) -> bool {
        let (id, resolved) = file.resolve_with_id(layers);
        let list: Vec<Option<ObjectId>> = match resolved.as_array() {
            Some(layers) => layers
                .iter()
                .take_while(|_| file.consume_work(1))
                .map(|layer| file.resolve_with_id(layer))
                .filter(|(_, layer)| layer.as_dict().is_some())
                .map(|(id, _)| id)
                .collect(),
            None => vec![id],
        };
        let mut hidden = list.iter().map(|layer| self.is_hidden(*layer));
        if list.is_empty() {
            return false;
        }
        match file.get_resolved(dict, "P").as_name_bytes() {
            Some(b"AllOn") => hidden.any(|hidden| hidden),
            Some(b"AnyOff") => !hidden.any(|hidden| hidden),
            Some(b"AllOff") => !hidden.all(|hidden| hidden),
            _ => hidden.all(|hidden| hidden),
        }
    }
}
