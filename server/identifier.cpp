#include "server/identifier.h"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace server {

std::string new_uuid() {
  return to_string(boost::uuids::random_generator_pure()());
}

}  // namespace server
