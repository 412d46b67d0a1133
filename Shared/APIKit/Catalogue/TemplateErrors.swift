extension Catalogue {
    static let templateErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "template_not_found", 404, 422, cause: "You have no template with this name or id.",
            remedy: "`GET /v1/templates` lists yours; a new one is approved by WhatsApp before it can be sent.",
            alsoKnownAs: ["Template not found"]),
        CatalogueEntry(
            "template_language_not_found", 422, cause: "The template does not exist in this language.",
            remedy: "Use a language that `detail` lists, or add the translation."),
        CatalogueEntry(
            "template_not_approved", 422, cause: "The template is a draft, awaits WhatsApp's review, was rejected, or is paused.",
            remedy: "Have it approved, with `POST /v1/templates/{id}/submit` or in Meta's WhatsApp Manager; `GET /v1/templates` shows its status.",
            alsoKnownAs: ["Template not approved"]),
        CatalogueEntry(
            "template_name_invalid", 422, cause: "A template's name consists of a-z, 0-9 and _.", remedy: "Write it so."),
        CatalogueEntry(
            "template_language_invalid", 422, cause: "The language is not written as WhatsApp does.",
            remedy: "Write it as en, en_US or pt_BR."),
        CatalogueEntry(
            "template_variable_missing", 422, cause: "The template needs a value for a variable that has no default.",
            remedy: "Send it in `template.variables`: `detail` lists the names."),
        CatalogueEntry(
            "template_variable_unknown", 422, cause: "The template has no such variable, or fewer of them.",
            remedy: "Leave it out: `detail` lists the names."),
        CatalogueEntry(
            "template_variable_wrong_type", 422, cause: "A variable has another type than the template's place for it.",
            remedy: "`detail` says how to write it."),
        CatalogueEntry(
            "template_variable_invalid", 422, cause: "A variable is empty, too long, or holds what WhatsApp does not allow there.",
            remedy: "`detail` says what is wrong: no line breaks, no tabs, no more than four blanks in a row."),
        CatalogueEntry(
            "template_header_too_long", 422, cause: "With these values the header is longer than 60 characters.",
            remedy: "Shorten the values."),
        CatalogueEntry(
            "template_body_too_long", 422, cause: "With these values the body is longer than 1,024 characters.",
            remedy: "Shorten the values."),
    ]
}
