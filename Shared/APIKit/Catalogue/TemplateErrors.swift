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
        CatalogueEntry(
            "template_of_another_account", 422, cause: "The template belongs to an account that the sender does not send through.",
            remedy: "Name a sender of that account in `sender_id`, or create the template in the sender's account as well."),
        CatalogueEntry(
            "template_exists", 409, cause: "The account has a template of this name and language.",
            remedy: "Change that one, or choose another name."),
        CatalogueEntry(
            "template_not_changeable", 409, cause: "WhatsApp takes changes of approved, rejected and paused templates only; Twilio takes none.",
            remedy: "Wait for its verdict, or create the template under another name."),
        CatalogueEntry(
            "template_field_fixed", 422, cause: "The provider knows the template by this, so it does not change any more.",
            remedy: "Leave the field out, or create another template."),
        CatalogueEntry(
            "template_unchanged", 409, cause: "Nothing was changed since the template was handed in.",
            remedy: "Change it first: `PATCH /v1/templates/{id}`."),
        CatalogueEntry(
            "template_busy", 409, cause: "Another order for the template is being carried out.",
            remedy: "Try again in a moment; `pending_action` shows it."),
        CatalogueEntry(
            "template_edit_limit", 409, cause: "WhatsApp takes one change of an approved template a day, and ten in 30 days.",
            remedy: "Submit again at the time that `detail` names; your changes are kept."),
        CatalogueEntry(
            "template_not_deletable", 409, cause: "WhatsApp deletes no disabled template, and none twice.",
            remedy: "Leave it; it is never sent."),
        CatalogueEntry(
            "template_not_paused", 409, cause: "Only paused templates of Meta's can be unpaused.",
            remedy: "Look at its `status`."),
        CatalogueEntry(
            "template_example_not_found", 404, cause: "There is no example template with this name.",
            remedy: "`GET /v1/templates/examples` lists them."),
        CatalogueEntry(
            "account_missing", 422, cause: "A template belongs to an account, and you have no sender yet.",
            remedy: "Add a sender: `POST /v1/senders`."),
        CatalogueEntry(
            "account_not_found", 422, cause: "None of your senders sends through this account.",
            remedy: "`GET /v1/templates/accounts` lists yours."),
        CatalogueEntry(
            "account_ambiguous", 422, cause: "Your senders use several accounts, and none of them is the default.",
            remedy: "Say in `account_id` whose template it is, or make a sender the default."),
        CatalogueEntry(
            "category_unknown", 422, cause: "There is no such category of templates.",
            remedy: "Use marketing, utility or authentication."),
        CatalogueEntry(
            "header_format_unknown", 422, cause: "There is no such kind of header.",
            remedy: "Use text, image, video, document or location."),
        CatalogueEntry(
            "button_type_unknown", 422, cause: "There is no such kind of button.",
            remedy: "Use quick_reply, url, phone_number, copy_code or otp."),
        CatalogueEntry(
            "otp_type_unknown", 422, cause: "There is no such way for a login code.",
            remedy: "Use copy_code, one_tap or zero_tap."),
        CatalogueEntry(
            "variable_default_unknown", 422, cause: "A default is given for a variable that the body does not have.",
            remedy: "Leave it out."),
        CatalogueEntry(
            "template_text_missing", 422, cause: "A text that WhatsApp needs is absent or blank.",
            remedy: "Write it."),
        CatalogueEntry(
            "template_text_too_long", 422, cause: "A text is longer than WhatsApp allows.",
            remedy: "Shorten it: `detail` names the limit."),
        CatalogueEntry(
            "template_text_invalid", 422, cause: "A text holds what WhatsApp does not allow there, such as a line break in a header.",
            remedy: "`detail` says what is wrong."),
        CatalogueEntry(
            "template_placeholder_invalid", 422, cause: "A variable is not written as {{1}} or {{first_name}}.",
            remedy: "Write it so, and close its braces."),
        CatalogueEntry(
            "template_placeholders_mixed", 422, cause: "Some variables are numbered and others have names.",
            remedy: "Use one of both."),
        CatalogueEntry(
            "template_placeholders_not_in_sequence", 422, cause: "The numbers of the variables have a gap.",
            remedy: "Number them from {{1}}."),
        CatalogueEntry(
            "template_placeholder_misplaced", 422, cause: "A variable stands where WhatsApp allows none: at the start or end of the body, beside another one, in a footer or a label.",
            remedy: "Put words around it."),
        CatalogueEntry(
            "template_too_many_placeholders", 422, cause: "There are more variables than WhatsApp allows there.",
            remedy: "Take some away."),
        CatalogueEntry(
            "template_example_missing", 422, cause: "A variable or the header's file has no example, and WhatsApp reviews with examples.",
            remedy: "Add it to `examples`."),
        CatalogueEntry(
            "template_example_unknown", 422, cause: "An example is given for a variable that the template does not have.",
            remedy: "Leave it out."),
        CatalogueEntry(
            "template_example_invalid", 422, cause: "An example is not of the kind that the variable wants.",
            remedy: "`detail` says how to write it."),
        CatalogueEntry(
            "template_too_many_buttons", 422, cause: "WhatsApp allows ten buttons, two of them with an address, one to call and one to copy.",
            remedy: "Take some away."),
        CatalogueEntry(
            "template_button_invalid", 422, cause: "A button is not as WhatsApp wants it.",
            remedy: "`detail` says what is wrong."),
        CatalogueEntry(
            "template_buttons_not_grouped", 422, cause: "Quick replies stand between other buttons.",
            remedy: "Put them together."),
        CatalogueEntry(
            "template_component_not_allowed", 422, cause: "The category or the provider does not know this part.",
            remedy: "Leave it out: `detail` says why."),
        CatalogueEntry(
            "template_send_ttl_invalid", 422, cause: "The time for which WhatsApp tries to deliver is outside the category's limits.",
            remedy: "`detail` names them."),
        CatalogueEntry(
            "from_too_early", 422, cause: "`from` lies more than 366 days before `to`.", remedy: "Ask for a shorter span."),
    ]
}
