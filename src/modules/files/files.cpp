#include "modules/files/files.h"
