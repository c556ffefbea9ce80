// What a test may do here that not every machine and user lets it do. Under CI, which tests everything, what is missing
// is a failure; elsewhere the test goes on with what it may.
#pragma once
#include <cstdlib>
#include <gtest/gtest.h>

#include <unistd.h>

namespace cais {

// Whether what only root may can be tested.
inline bool is_root()
{
    if (::geteuid() == 0) return true;
    if (std::getenv("CI") != nullptr) ADD_FAILURE() << "CI runs the tests as root: what only root may do is not tested";
    return false;
}

// As another user, where root tests what others see: for the scope's length nobody, who owns nothing; else who we are.
class NotRoot {
public:
    NotRoot()
    {
        if (is_root_) EXPECT_EQ(::seteuid(nobody), 0);
    }
    NotRoot(const NotRoot&) = delete;
    NotRoot& operator=(const NotRoot&) = delete;
    ~NotRoot()
    {
        if (is_root_) EXPECT_EQ(::seteuid(0), 0);
    }

    static constexpr uid_t nobody = 65534;

private:
    const bool is_root_ = ::geteuid() == 0;
};

}  // namespace cais
