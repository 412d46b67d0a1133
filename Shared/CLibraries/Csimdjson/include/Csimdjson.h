#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A plain C view of simdjson's document model. Nothing here throws: every failure is a status.
#ifdef __cplusplus
extern "C" {
#endif

/// A parsed document with its own copy of the text. Free it with `tidings_json_free`.
typedef struct tidings_json_document tidings_json_document;

/// A value inside a document: a position on its tape, valid as long as the document.
typedef struct {
    const void *_Nullable document;
    size_t position;
} tidings_json_value;

typedef struct {
    const char *_Nullable bytes;
    size_t count;
} tidings_json_text;

typedef enum {
    TIDINGS_JSON_OK = 0,
    TIDINGS_JSON_MALFORMED = 1,
    TIDINGS_JSON_TOO_DEEP = 2,
    TIDINGS_JSON_NOT_UTF8 = 3,
    TIDINGS_JSON_NO_MEMORY = 4,
} tidings_json_status;

typedef enum {
    TIDINGS_JSON_NULL = 0,
    TIDINGS_JSON_BOOLEAN = 1,
    TIDINGS_JSON_INTEGER = 2,
    TIDINGS_JSON_DOUBLE = 3,
    TIDINGS_JSON_STRING = 4,
    TIDINGS_JSON_ARRAY = 5,
    TIDINGS_JSON_OBJECT = 6,
} tidings_json_kind;

/// Parses and validates `count` bytes, which are copied. `*reason` is a sentence of simdjson's own that
/// holds nothing of the document; it lives forever.
tidings_json_status tidings_json_parse(const void *_Nullable bytes, size_t count, size_t depth_max,
                                       tidings_json_document *_Nullable *_Nonnull document,
                                       const char *_Nullable *_Nonnull reason);
void tidings_json_free(tidings_json_document *_Nonnull document);

tidings_json_value tidings_json_root(const tidings_json_document *_Nonnull document);
tidings_json_kind tidings_json_kind_of(tidings_json_value value);

/// The first member with this key; false when there is none or the value is no object.
bool tidings_json_member(tidings_json_value value, const char *_Nullable key, size_t key_count,
                         tidings_json_value *_Nonnull member);

// Each answers false when the value is of another kind.
bool tidings_json_string(tidings_json_value value, tidings_json_text *_Nonnull text);
bool tidings_json_integer(tidings_json_value value, int64_t *_Nonnull number);
/// Integers count too, those beyond 2^53 rounded.
bool tidings_json_double(tidings_json_value value, double *_Nonnull number);
bool tidings_json_boolean(tidings_json_value value, bool *_Nonnull boolean);

/// Walks an array or an object: `tidings_json_first`, then `tidings_json_next` until it answers false.
/// `key` is filled for objects only.
typedef struct {
    tidings_json_value value;
    tidings_json_text key;
    size_t end;
    bool is_object;
} tidings_json_cursor;
bool tidings_json_first(tidings_json_value container, tidings_json_cursor *_Nonnull cursor);
bool tidings_json_next(tidings_json_cursor *_Nonnull cursor);

/// Whether any object in or below the value has the same key twice.
bool tidings_json_has_duplicate_keys(tidings_json_value value);

/// Minified text of the value, handed to `take` once. False when memory ran out.
bool tidings_json_serialize(tidings_json_value value, void *_Nullable context,
                            void (*_Nonnull take)(void *_Nullable context, const char *_Nonnull bytes, size_t count));

#ifdef __cplusplus
}
#endif
