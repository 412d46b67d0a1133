#include "Ccurl.h"
