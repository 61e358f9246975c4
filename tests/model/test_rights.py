"""May this actor do this?"""

from __future__ import annotations

import pytest

from sogo.errors import Forbidden, NotFound
from sogo.model.rights import NOBODY, OWNER, Deed, Standing, permits, require


@pytest.mark.parametrize("deed", list(Deed))
def test_the_owner_may_do_everything(deed: Deed) -> None:
    require(OWNER, deed)


@pytest.mark.parametrize("deed", list(Deed))
def test_nobody_is_told_that_there_is_nothing(deed: Deed) -> None:
    assert not permits(NOBODY, deed)
    with pytest.raises(NotFound):
        require(NOBODY, deed)


@pytest.mark.parametrize("deed", [deed for deed in Deed if deed is not Deed.SEE])
def test_who_sees_a_folder_is_told_which_right_is_missing(deed: Deed) -> None:
    with pytest.raises(Forbidden) as caught:
        require(Standing(owner=False, sees=True), deed)
    assert caught.value.right == deed.privilege
