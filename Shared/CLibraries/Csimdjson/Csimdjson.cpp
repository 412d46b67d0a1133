#include "Csimdjson.h"
