# SPDX-License-Identifier: GPL-2.0-only
# The version of everything under tools/.
VERSION := 0.2.0
