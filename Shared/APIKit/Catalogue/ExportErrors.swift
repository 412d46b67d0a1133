extension Catalogue {
    static let exportErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "export_not_found", 404, cause: "You have no export with this id, or its day is over.",
            remedy: "`GET /v1/exports` lists yours; files are kept for 24 hours."),
        CatalogueEntry(
            "export_not_ready", 409, cause: "The file is still being made, or could not be made.",
            remedy: "Ask for the export until its `state` is `ready`; order a new one when it is `failed`."),
        CatalogueEntry(
            "too_many_exports", 429, cause: "As many files are being made for your business as may be at a time.",
            remedy: "Wait until one is ready."),
        CatalogueEntry(
            "list_unknown", 422, cause: "A file is asked for of a list that there is not.",
            remedy: "Ask for `messages`, `contacts` or `suppressions`."),
        CatalogueEntry(
            "format_unknown", 422, cause: "A file is asked for in a format that there is not.",
            remedy: "Ask for `csv` or `xlsx`."),
    ]
}
