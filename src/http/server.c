/* Being built: see http.h. */
#include "http/http.h"
