extension Catalogue {
    /// What any field or parameter can be wrong about.
    static let fieldErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "field_missing", 422, cause: "A field that is required is absent or null.", remedy: "Send the field that `field` names."),
        CatalogueEntry(
            "field_unknown", 422, cause: "The body has a field that this address does not know. Nothing is ignored silently.",
            remedy: "Leave it out, or write its name as `detail` lists it."),
        CatalogueEntry(
            "field_wrong_type", 422, cause: "A field has another JSON type than it must have.",
            remedy: "`detail` says which type: numbers are not strings."),
        CatalogueEntry(
            "parameter_unknown", 422, cause: "The address has no such parameter.",
            remedy: "Leave it out, or write its name as `detail` lists it."),
        CatalogueEntry("parameter_repeated", 422, cause: "A parameter is given twice.", remedy: "Give it once."),
        CatalogueEntry(
            "parameter_invalid", 400, cause: "A parameter of monitor's lists and figures is not written as it must be.",
            remedy: "`field` names it, `detail` says how to write it."),
        CatalogueEntry(
            "cursor_invalid", 422, cause: "`cursor` is not one of ours.",
            remedy: "Use `next_cursor` of the page before, unchanged; leave it out for the first page."),
        CatalogueEntry(
            "<field>_out_of_range", 422, cause: "A number is smaller or larger than it may be.",
            remedy: "`detail` says between which bounds it must lie."),
        CatalogueEntry(
            "<field>_invalid", 422, cause: "A value is not written as it must be: a time without its offset, an id that is no UUID.",
            remedy: "`detail` says how to write it."),
        CatalogueEntry(
            "<field>_unknown", 422, cause: "A word is none of those that may stand here.",
            remedy: "`detail` lists the words."),
        CatalogueEntry(
            "<thing>_not_found", 404, 422, cause: "You have nothing of this kind with this id or name. Another business's ids are not found either.",
            remedy: "List yours and use an id from there."),
    ]
}
