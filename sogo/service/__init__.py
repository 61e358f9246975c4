"""What a user can do, once for all faces.

    face -> FolderService.find(actor, owner, …)      may the actor see it?          -> FolderView
         -> ObjectService.save(actor, view, name, …) rights, checks, quick row, one transaction, announcement -> Saved

DAV, web, ActiveSync and the tools call these; none of them writes to the store by itself.
"""
